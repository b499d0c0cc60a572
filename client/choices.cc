#include "client/choices.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace smon::client {

CLI::Validator Choices(const std::vector<std::string>& words) {
  return CLI::Validator([](std::string&) { return std::string(); },
                        absl::StrCat("{", absl::StrJoin(words, ","), "}"));
}

// CLI11 shows validators as a part of the type's name: "TEXT:{auto,never}".
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  const size_t begin = name.find('{');
  const size_t end = name.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return absl::StrSplit(name.substr(begin + 1, end - begin - 1), ',');
}

}  // namespace smon::client
