#include "server/listen/bind_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace smon {
namespace {

bool IsLoopbackAddress(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
    return v6->sin6_addr.s6_addr[12] == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

// "[::1]" as "::1".
absl::string_view WithoutBrackets(absl::string_view host) {
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

bool IsAddress(const std::string& text) {
  in6_addr ignored;
  return inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

// Without its port.
absl::string_view HostOf(absl::string_view header) {
  const size_t colon = header.rfind(':');
  const size_t bracket = header.rfind(']');
  const bool has_port = colon != absl::string_view::npos &&
                        (bracket == absl::string_view::npos || colon > bracket);
  return WithoutBrackets(has_port ? header.substr(0, colon) : header);
}

}  // namespace

bool IsLoopback(absl::string_view host) {
  const std::string name(WithoutBrackets(host));
  if (name.empty()) return false;  // the resolver takes it for this host
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return false;
  bool all = found != nullptr;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    all = all && IsLoopbackAddress(each->ai_addr);
  }
  freeaddrinfo(found);
  return all;
}

bool IsOwnHost(absl::string_view host_header,
               const std::vector<std::string>& names) {
  absl::string_view host = HostOf(host_header);
  absl::ConsumeSuffix(&host, ".");
  if (absl::EqualsIgnoreCase(host, "localhost") ||
      absl::EndsWithIgnoreCase(host, ".localhost") ||
      IsAddress(std::string(host))) {
    return true;
  }
  return std::any_of(names.begin(), names.end(), [host](const auto& name) {
    return absl::EqualsIgnoreCase(host, name);
  });
}

}  // namespace smon
