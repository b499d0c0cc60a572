#ifndef SMON_CLIENT_OUTPUT_FORMAT_H_
#define SMON_CLIENT_OUTPUT_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::client {

enum class OutputFormat {
  kTable,
  kJson,
  // For lists of jobs only.
  kWide,
  kJsonLines,
  kYaml,
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

// True for a format that only lists of jobs have.
bool IsForListsOnly(OutputFormat format);

}  // namespace smon::client

#endif  // SMON_CLIENT_OUTPUT_FORMAT_H_
