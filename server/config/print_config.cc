#include "server/config/print_config.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "nlohmann/json.hpp"
#include "server/attrsvc/endpoint.h"
#include "server/config/flag_table.h"

namespace smon {
namespace {

// YAML takes JSON's texts.
std::string Quoted(const std::string& text) {
  return nlohmann::json(ToPrintable(text)).dump();
}

std::string ShownValue(const std::string& flag, const std::string& value) {
  if (TypeOf(flag) != FlagType::kText) return value;
  const bool is_url = flag == "store" || absl::EndsWith(flag, "_url");
  return Quoted(is_url ? RedactUrl(value) : value);
}

}  // namespace

std::string PrintConfig(const Settings& settings) {
  std::string text;
  const std::map<std::string, std::string> values = FlagValues();
  for (const std::string& flag : FlagNames()) {
    if (flag == "config") continue;
    const std::string& value = values.at(flag);
    const auto source = settings.sources.find(flag);
    const bool is_default = source == settings.sources.end();
    absl::StrAppend(&text, flag, ": ", ShownValue(flag, value), "  # ",
                    is_default ? "default" : source->second,
                    flag == "port" && value == "-1" ? " (off)" : "", "\n");
  }
  return text;
}

}  // namespace smon
