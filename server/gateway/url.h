#ifndef SMON_SERVER_GATEWAY_URL_H_
#define SMON_SERVER_GATEWAY_URL_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

// The target of an HTTP request, taken apart and decoded as Go's net/url does,
// whose errors grpc-gateway hands on word for word.

struct SplitTarget {
  absl::string_view host;   // of an absolute target; empty otherwise
  absl::string_view path;   // still percent-encoded
  absl::string_view query;  // without the '?'
};

// "/a?b" -> "", "/a", "b"; "http://host/a?b" -> "host", "/a", "b". The views
// point into `target`.
SplitTarget SplitHttpTarget(absl::string_view target);

// INVALID_ARGUMENT `invalid URL escape "%zz"`.
absl::StatusOr<std::string> DecodePath(absl::string_view encoded);

// The values of each key, keys in the order of their first appearance.
using QueryParameters =
    std::vector<std::pair<std::string, std::vector<std::string>>>;

// Also for a body of application/x-www-form-urlencoded. INVALID_ARGUMENT for a
// bad escape or a ';'.
absl::StatusOr<QueryParameters> ParseQuery(absl::string_view query);

// The first value of `key`, or nullptr.
const std::string* FindParameter(const QueryParameters& parameters,
                                 absl::string_view key);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_URL_H_
