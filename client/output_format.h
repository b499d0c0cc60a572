#ifndef SMON_CLIENT_OUTPUT_FORMAT_H_
#define SMON_CLIENT_OUTPUT_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::client {

enum class OutputFormat {
  kTable,
  kJson,
  kYaml,
  kWide,
  kJsonLines,
  kCsv,
  kName,
  kCustomColumns,
};

// What -o was given.
struct OutputChoice {
  OutputFormat format = OutputFormat::kTable;
  std::string columns;  // of custom-columns=COLUMNS
};

// Reads "table", "json", "custom-columns=ID:jobId" and so on. INVALID_ARGUMENT
// for anything else, with the nearest name.
absl::StatusOr<OutputChoice> ParseOutputFormat(absl::string_view text);

// As -o takes it; "custom-columns=" with its equals sign.
std::string OutputFormatName(OutputFormat format);

}  // namespace smon::client

#endif  // SMON_CLIENT_OUTPUT_FORMAT_H_
