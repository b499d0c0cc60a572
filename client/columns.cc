#include "client/columns.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

absl::StatusOr<Column> ParseColumn(const google::protobuf::Descriptor& type,
                                   absl::string_view text) {
  const size_t colon = text.find(':');
  const bool has_header = colon != absl::string_view::npos;
  absl::string_view path =
      absl::StripAsciiWhitespace(has_header ? text.substr(colon + 1) : text);
  if (absl::StartsWith(path, "{") && absl::EndsWith(path, "}")) {
    path = path.substr(1, path.size() - 2);
  }
  if (path.empty()) {
    return absl::InvalidArgumentError(
        "custom-columns: a column is empty; give [HEADER:]FIELD,… such as "
        "ID:jobId,WHY:verdict.reason");
  }
  SMON_ASSIGN_OR_RETURN(FieldPath field, FieldPath::Parse(type, path));
  return Column{
      has_header
          ? ToPrintable(absl::StripAsciiWhitespace(text.substr(0, colon)))
          : absl::AsciiStrToUpper(path),
      std::move(field)};
}

// A spreadsheet takes what begins so for a formula, and runs it; an apostrophe
// makes it a text (OWASP, "CSV Injection").
bool IsFormula(absl::string_view cell) {
  return !cell.empty() && absl::StrContains("=+-@", cell.substr(0, 1));
}

void AppendCell(absl::string_view value, std::string* text) {
  std::string cell = ToPrintable(value);
  if (IsFormula(absl::StripAsciiWhitespace(cell))) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\" ") == std::string::npos) {
    text->append(cell);
  } else {
    absl::StrAppend(text, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}),
                    "\"");
  }
}

std::vector<Table::Column> TableColumns(const std::vector<Column>& columns) {
  std::vector<Table::Column> result;
  for (const Column& column : columns) result.push_back({column.header});
  return result;
}

}  // namespace

absl::StatusOr<std::vector<Column>> ParseColumns(
    const google::protobuf::Descriptor& type, absl::string_view text) {
  std::vector<Column> columns;
  for (absl::string_view one : absl::StrSplit(text, ',')) {
    SMON_ASSIGN_OR_RETURN(Column column, ParseColumn(type, one));
    columns.push_back(std::move(column));
  }
  return columns;
}

CsvRows::CsvRows(std::vector<Column> columns, bool headers)
    : columns_(std::move(columns)), headers_(headers) {}

void CsvRows::Append(const google::protobuf::Message& message,
                     std::string* text) {
  Begin(text);
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) text->push_back(',');
    AppendCell(column.path.Text(message), text);
  }
  text->push_back('\n');
}

void CsvRows::Begin(std::string* text) {
  if (!headers_) return;
  headers_ = false;
  for (const Column& column : columns_) {
    absl::StrAppend(text, &column == &columns_.front() ? "" : ",",
                    column.header);
  }
  text->push_back('\n');
}

CustomRows::CustomRows(std::vector<Column> columns, const Terminal& terminal,
                       bool headers)
    : columns_(std::move(columns)),
      table_(TableColumns(columns_), terminal, headers) {}

void CustomRows::Add(const google::protobuf::Message& message) {
  std::vector<Table::Cell> cells;
  for (const Column& column : columns_) {
    cells.push_back({column.path.Text(message)});
  }
  table_.AddRow(std::move(cells));
}

}  // namespace smon::client
