#include "server/gateway/url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "server/gateway/go_text.h"

namespace smon {
namespace {

absl::StatusOr<std::string> Decode(absl::string_view in, bool plus_is_space) {
  std::string out;
  out.reserve(in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] == '%') {
      if (i + 2 >= in.size() || !absl::ascii_isxdigit(in[i + 1]) ||
          !absl::ascii_isxdigit(in[i + 2])) {
        return absl::InvalidArgumentError(
            absl::StrCat("invalid URL escape ", GoQuote(in.substr(i, 3))));
      }
      out += absl::HexStringToBytes(in.substr(i + 1, 2));
      i += 2;
    } else {
      out += plus_is_space && in[i] == '+' ? ' ' : in[i];
    }
  }
  return out;
}

}  // namespace

SplitTarget SplitHttpTarget(absl::string_view target) {
  absl::string_view host;
  if (const size_t scheme = target.find("://");
      scheme != absl::string_view::npos &&
      scheme < target.find_first_of("/?")) {
    target.remove_prefix(scheme + 3);
    host = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(host.size());
  }
  const size_t mark = std::min(target.find('?'), target.size());
  return {host, target.substr(0, mark),
          target.substr(std::min(mark + 1, target.size()))};
}

absl::StatusOr<std::string> DecodePath(absl::string_view encoded) {
  return Decode(encoded, /*plus_is_space=*/false);
}

absl::StatusOr<QueryParameters> ParseQuery(absl::string_view query) {
  QueryParameters parameters;
  for (const absl::string_view part : absl::StrSplit(query, '&')) {
    if (part.empty()) continue;
    if (absl::StrContains(part, ";")) {
      return absl::InvalidArgumentError("invalid semicolon separator in query");
    }
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    SMON_ASSIGN_OR_RETURN(const std::string key, Decode(pair.first, true));
    SMON_ASSIGN_OR_RETURN(std::string value, Decode(pair.second, true));
    auto it = std::find_if(parameters.begin(), parameters.end(),
                           [&key](const auto& p) { return p.first == key; });
    if (it == parameters.end()) {
      it = parameters.insert(it, {key, {}});
    }
    it->second.push_back(std::move(value));
  }
  return parameters;
}

const std::string* FindParameter(const QueryParameters& parameters,
                                 absl::string_view key) {
  for (const auto& [name, values] : parameters) {
    if (name == key) return &values.front();
  }
  return nullptr;
}

}  // namespace smon
