#include "testing/attrsvc_standin/target.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace smon::attrsvc_standin {
namespace {

std::string Unescape(absl::string_view in, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '%' && i + 2 < in.size() && absl::ascii_isxdigit(in[i + 1]) &&
        absl::ascii_isxdigit(in[i + 2])) {
      out += absl::HexStringToBytes(in.substr(i + 1, 2));
      i += 2;
    } else {
      out += in[i] == '+' && plus_is_space ? ' ' : in[i];
    }
  }
  return out;
}

}  // namespace

std::string Target::Get(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

Target ParseTarget(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits('?', 1));
  Target target;
  target.path = Unescape(halves.first, /*plus_is_space=*/false);
  for (const absl::string_view pair :
       absl::StrSplit(halves.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parameter =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    target.query[Unescape(parameter.first, /*plus_is_space=*/true)] =
        Unescape(parameter.second, /*plus_is_space=*/true);
  }
  return target;
}

}  // namespace smon::attrsvc_standin
