#ifndef SMON_CLIENT_COLUMNS_H_
#define SMON_CLIENT_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/field_path.h"
#include "client/table.h"
#include "client/terminal.h"
#include "google/protobuf/message.h"

namespace smon::client {

// A column of a list: the header, and the field of each message in it.
struct Column {
  std::string header;
  FieldPath path;
};

// "HEADER:path,…", or a path that is its own header: "verdict.reason" is
// "VERDICT.REASON". kubectl's "{.path}" is taken, too. INVALID_ARGUMENT for an
// empty column or a field that messages of this type do not have.
absl::StatusOr<std::vector<Column>> ParseColumns(
    const google::protobuf::Descriptor& type, absl::string_view text);

// Messages as CSV: RFC 4180, but that lines end as files do here, and that
// control characters are escaped, newlines too: a line is a message.
class CsvRows {
 public:
  CsvRows(std::vector<Column> columns, bool headers);

  void Append(const google::protobuf::Message& message, std::string* text);
  // The headers, where there was no message.
  void Finish(std::string* text) { Begin(text); }

 private:
  void Begin(std::string* text);

  const std::vector<Column> columns_;
  bool headers_;
};

// Messages as a table of these columns.
class CustomRows {
 public:
  CustomRows(std::vector<Column> columns, const Terminal& terminal,
             bool headers);

  void Add(const google::protobuf::Message& message);
  // See Table::TakeText.
  std::string TakeText() { return table_.TakeText(); }

 private:
  const std::vector<Column> columns_;
  Table table_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_COLUMNS_H_
