#include "client/output_format.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/nearest.h"

namespace smon::client {
namespace {

constexpr char kCustomPrefix[] = "custom-columns=";

const std::vector<std::pair<std::string, OutputFormat>>& Formats() {
  static const auto& formats =
      *new std::vector<std::pair<std::string, OutputFormat>>{
          {"table", OutputFormat::kTable}, {"wide", OutputFormat::kWide},
          {"json", OutputFormat::kJson},   {"jsonl", OutputFormat::kJsonLines},
          {"yaml", OutputFormat::kYaml},   {"csv", OutputFormat::kCsv},
          {"name", OutputFormat::kName}};
  return formats;
}

}  // namespace

absl::StatusOr<OutputChoice> ParseOutputFormat(absl::string_view text) {
  if (absl::StartsWith(text, kCustomPrefix)) {
    return OutputChoice{OutputFormat::kCustomColumns,
                        std::string(text.substr(sizeof kCustomPrefix - 1))};
  }
  std::vector<std::string> names;
  for (const auto& [name, format] : Formats()) {
    if (text == name) return OutputChoice{format, ""};
    names.push_back(name);
  }
  names.push_back("custom-columns=COLUMNS");
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown output format '", text, "'", DidYouMean(text, names),
      " (known: ", absl::StrJoin(names, ", "), ")"));
}

std::string OutputFormatName(OutputFormat format) {
  for (const auto& [name, known] : Formats()) {
    if (known == format) return name;
  }
  return kCustomPrefix;
}

}  // namespace smon::client
