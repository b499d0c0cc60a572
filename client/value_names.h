#ifndef SMON_CLIENT_VALUE_NAMES_H_
#define SMON_CLIENT_VALUE_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace smon::client {

// A word that may be given on the command line, and the enum values that it
// stands for.
struct ValueName {
  std::string name;        // "OUT_OF_MEMORY"
  std::string short_name;  // "OOM"; empty for none
  std::vector<int> values;
};

// The values that `args` name, sorted, each once. An argument may hold several
// words with commas between them; their case does not matter, and "-" is taken
// for "_". INVALID_ARGUMENT for an unknown word, with `what` (such as "state"),
// the word, the nearest known one, and the list of them.
absl::StatusOr<std::vector<int>> ParseValueNames(
    absl::string_view what, const std::vector<std::string>& args,
    const std::vector<ValueName>& known);

// The names of an enum's values, without the unspecified one (0).
std::vector<ValueName> NamesOf(const google::protobuf::EnumDescriptor& type);

// "FAILED (F), OUT_OF_MEMORY (OOM), ended": for messages and help.
std::string ListNames(const std::vector<ValueName>& known);

}  // namespace smon::client

#endif  // SMON_CLIENT_VALUE_NAMES_H_
