#include "server/gateway/own_page.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/listen/bind_address.h"

namespace smon {

bool IsFromOwnPage(const HttpRequest& request, bool https,
                   const std::vector<std::string>& own_hosts) {
  absl::string_view origin = FindHeader(request.headers, "Origin");
  const absl::string_view host = FindHeader(request.headers, "Host");
  const bool secure = absl::ConsumePrefix(&origin, "https://");
  if (!secure && (https || !absl::ConsumePrefix(&origin, "http://"))) {
    return false;
  }
  if (host.empty() || !absl::EqualsIgnoreCase(origin, host)) return false;
  return IsOwnHost(host, own_hosts) ||
         !FindHeader(request.headers, "Authorization").empty();
}

}  // namespace smon
