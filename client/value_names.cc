#include "client/value_names.h"

#include <algorithm>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/nearest.h"

namespace smon::client {
namespace {

bool Means(const ValueName& known, absl::string_view word) {
  const std::string plain = absl::StrReplaceAll(word, {{"-", "_"}});
  return absl::EqualsIgnoreCase(known.name, plain) ||
         (!known.short_name.empty() &&
          absl::EqualsIgnoreCase(known.short_name, plain));
}

absl::Status UnknownName(absl::string_view what, absl::string_view word,
                         const std::vector<ValueName>& known) {
  std::vector<std::string> names;
  for (const ValueName& one : known) names.push_back(one.name);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown ", what, " '", word, "'", DidYouMean(word, names),
                   " (known: ", ListNames(known), ")"));
}

}  // namespace

absl::StatusOr<std::vector<int>> ParseValueNames(
    absl::string_view what, const std::vector<std::string>& args,
    const std::vector<ValueName>& known) {
  std::set<int> values;
  for (const std::string& arg : args) {
    for (absl::string_view word : absl::StrSplit(arg, ',')) {
      word = absl::StripAsciiWhitespace(word);
      const auto found = std::find_if(
          known.begin(), known.end(),
          [word](const ValueName& one) { return Means(one, word); });
      if (found == known.end()) return UnknownName(what, word, known);
      values.insert(found->values.begin(), found->values.end());
    }
  }
  return std::vector<int>(values.begin(), values.end());
}

std::vector<ValueName> NamesOf(const google::protobuf::EnumDescriptor& type) {
  std::vector<ValueName> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor& value = *type.value(i);
    if (value.number() != 0) {
      names.push_back({value.name(), "", {value.number()}});
    }
  }
  return names;
}

std::string ListNames(const std::vector<ValueName>& known) {
  return absl::StrJoin(known, ", ", [](std::string* out, const ValueName& one) {
    absl::StrAppend(out, one.name);
    if (!one.short_name.empty()) {
      absl::StrAppend(out, " (", one.short_name, ")");
    }
  });
}

}  // namespace smon::client
