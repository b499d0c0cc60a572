#include "client/address.h"

#include <sys/un.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace smon::client {
namespace {

constexpr char kDefaultPort[] = "8101";

bool IsPort(absl::string_view text) {
  int port = 0;
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port >= 1 && port <= 65535;
}

// A name or an IPv4 address; what else it must be is for the resolver to say.
bool IsHost(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

bool IsBracketedIpv6(absl::string_view text) {
  return absl::ConsumePrefix(&text, "[") && absl::ConsumeSuffix(&text, "]") &&
         !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == ':' || c == '.' || c == '%';
         });
}

// gRPC takes unix:///path for the same as unix:/path.
bool IsUnixSocket(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "unix:")) return false;
  if (absl::StartsWith(text, "///")) text.remove_prefix(2);
  return absl::StartsWith(text, "/") &&
         text.size() < sizeof(sockaddr_un::sun_path);
}

}  // namespace

absl::StatusOr<std::string> ParseAddress(absl::string_view text) {
  if (IsUnixSocket(text)) return std::string(text);
  if (IsHost(text) || IsBracketedIpv6(text)) {
    return absl::StrCat(text, ":", kDefaultPort);
  }
  const size_t colon = text.rfind(':');
  if (colon != absl::string_view::npos) {
    const absl::string_view host = text.substr(0, colon);
    if ((IsHost(host) || IsBracketedIpv6(host)) &&
        IsPort(text.substr(colon + 1))) {
      return std::string(text);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("bad address '", text,
                   "': give HOST:PORT or unix:/PATH of smonsvc's gRPC port, "
                   "e.g. ",
                   kDefaultAddress));
}

}  // namespace smon::client
