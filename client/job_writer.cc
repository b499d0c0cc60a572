#include "client/job_writer.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/field_path.h"
#include "client/job_table.h"
#include "client/json.h"
#include "client/table.h"
#include "client/yaml.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

// One document, {"jobs":[…]}, with a job a line.
class JsonWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      text->append(any_ ? ",\n" : "{\"jobs\":[\n");
      any_ = true;
      SMON_RETURN_IF_ERROR(AppendJson(job, text));
    }
    return absl::OkStatus();
  }
  void Finish(std::string* text) override {
    text->append(any_ ? "\n]}\n" : "{\"jobs\":[]}\n");
  }

 private:
  bool any_ = false;
};

class JsonLinesWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      SMON_RETURN_IF_ERROR(AppendJson(job, text));
      text->push_back('\n');
    }
    return absl::OkStatus();
  }
};

// One document, "jobs:" and a list.
class YamlWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      if (!any_) text->append("jobs:\n");
      any_ = true;
      SMON_RETURN_IF_ERROR(AppendYamlItem(job, text));
    }
    return absl::OkStatus();
  }
  void Finish(std::string* text) override {
    if (!any_) text->append("jobs: []\n");
  }

 private:
  bool any_ = false;
};

class NameWriter final : public JobWriter {
 public:
  explicit NameWriter(bool clusters) : clusters_(clusters) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      if (clusters_) absl::StrAppend(text, ToPrintable(job.cluster()), "/");
      absl::StrAppend(text, ToPrintable(job.job_id()), "\n");
    }
    return absl::OkStatus();
  }

 private:
  const bool clusters_;
};

struct Column {
  std::string header;
  FieldPath path;
};

// RFC 4180, but that lines end as files do here, and that control characters
// are escaped, newlines too: a line is a job.
class CsvWriter final : public JobWriter {
 public:
  CsvWriter(std::vector<Column> columns, bool headers)
      : columns_(std::move(columns)), headers_(headers) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    Begin(text);
    for (const v1::Job& job : jobs) {
      for (const Column& column : columns_) {
        if (&column != &columns_.front()) text->push_back(',');
        AppendCell(column.path.Text(job), text);
      }
      text->push_back('\n');
    }
    return absl::OkStatus();
  }
  void Finish(std::string* text) override { Begin(text); }

 private:
  void Begin(std::string* text) {
    if (!headers_) return;
    headers_ = false;
    for (const Column& column : columns_) {
      absl::StrAppend(text, &column == &columns_.front() ? "" : ",",
                      column.header);
    }
    text->push_back('\n');
  }

  // A spreadsheet takes what begins so for a formula, and runs it; an
  // apostrophe makes it a text (OWASP, "CSV Injection").
  static bool IsFormula(absl::string_view cell) {
    return !cell.empty() && absl::StrContains("=+-@", cell.substr(0, 1));
  }

  static void AppendCell(absl::string_view value, std::string* text) {
    std::string cell = ToPrintable(value);
    if (IsFormula(absl::StripAsciiWhitespace(cell))) cell.insert(0, 1, '\'');
    if (cell.find_first_of(",\" ") == std::string::npos) {
      text->append(cell);
    } else {
      absl::StrAppend(text, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}),
                      "\"");
    }
  }

  const std::vector<Column> columns_;
  bool headers_;
};

class CustomWriter final : public JobWriter {
 public:
  CustomWriter(std::vector<Column> columns, const JobListStyle& style)
      : columns_(std::move(columns)),
        table_(TableColumns(columns_), style.terminal, style.headers) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      std::vector<Table::Cell> cells;
      for (const Column& column : columns_) {
        cells.push_back({column.path.Text(job)});
      }
      table_.AddRow(std::move(cells));
    }
    text->append(table_.TakeText());
    return absl::OkStatus();
  }

 private:
  static std::vector<Table::Column> TableColumns(
      const std::vector<Column>& columns) {
    std::vector<Table::Column> result;
    for (const Column& column : columns) result.push_back({column.header});
    return result;
  }

  const std::vector<Column> columns_;
  Table table_;
};

// "HEADER:path", or a path that is its own header: "verdict.reason" is
// "VERDICT.REASON". kubectl takes "{.path}", too.
absl::StatusOr<Column> ParseColumn(absl::string_view text) {
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
  SMON_ASSIGN_OR_RETURN(FieldPath field,
                        FieldPath::Parse(*v1::Job::descriptor(), path));
  return Column{
      has_header
          ? ToPrintable(absl::StripAsciiWhitespace(text.substr(0, colon)))
          : absl::AsciiStrToUpper(path),
      std::move(field)};
}

absl::StatusOr<std::vector<Column>> ParseColumns(absl::string_view text) {
  std::vector<Column> columns;
  for (absl::string_view one : absl::StrSplit(text, ',')) {
    SMON_ASSIGN_OR_RETURN(Column column, ParseColumn(one));
    columns.push_back(std::move(column));
  }
  return columns;
}

// One that stays: programs read it by place as well as by name. New columns go
// to the end.
constexpr char kCsvColumns[] =
    "job_id:job_id,raw_job_id:raw_job_id,restart_count:restart_count,"
    "cluster:cluster,name:name,user:user,partition:partition,state:state,"
    "exit_code:exit_code,exit_signal:exit_signal,submit_time:submit_time,"
    "start_time:start_time,end_time:end_time,work_dir:work_dir,"
    "stdout_path:stdout_path,phase:delivery.phase,problem:delivery.problem,"
    "error:delivery.error,action:verdict.action,reason:verdict.reason";

}  // namespace

absl::StatusOr<std::unique_ptr<JobWriter>> MakeJobWriter(
    const JobListStyle& style) {
  switch (style.output.format) {
    case OutputFormat::kTable:
      return MakeJobTable(style, JobTableKind::kUsual);
    case OutputFormat::kWide:
      return MakeJobTable(style, JobTableKind::kWide);
    case OutputFormat::kJson:
      return std::make_unique<JsonWriter>();
    case OutputFormat::kJsonLines:
      return std::make_unique<JsonLinesWriter>();
    case OutputFormat::kYaml:
      return std::make_unique<YamlWriter>();
    case OutputFormat::kName:
      return std::make_unique<NameWriter>(style.clusters);
    case OutputFormat::kCsv: {
      SMON_ASSIGN_OR_RETURN(std::vector<Column> columns,
                            ParseColumns(kCsvColumns));
      return std::make_unique<CsvWriter>(std::move(columns), style.headers);
    }
    case OutputFormat::kCustomColumns: {
      SMON_ASSIGN_OR_RETURN(std::vector<Column> columns,
                            ParseColumns(style.output.columns));
      return std::make_unique<CustomWriter>(std::move(columns), style);
    }
  }
  return absl::InternalError("no such output format");
}

}  // namespace smon::client
