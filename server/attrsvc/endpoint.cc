#include "server/attrsvc/endpoint.h"

#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon {
namespace {

constexpr size_t kMaxShown = 200;
// sun_path ends with a NUL.
constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

// The value as an error message may show it.
std::string Shown(absl::string_view text) {
  std::string shown = RedactUrl(text);
  if (shown.size() > kMaxShown) shown = shown.substr(0, kMaxShown) + "...";
  return ToPrintable(shown);
}

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "'", Shown(text), "' is no address of attrsvc: ", why,
      "; give http://HOST[:PORT][/PREFIX], https://HOST[:PORT][/PREFIX], "
      "HOST:PORT, unix:///PATH or /PATH"));
}

bool IsHostChar(char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
}

bool IsIpv6Char(char c) {
  return absl::ascii_isxdigit(c) || c == ':' || c == '.';
}

// RFC 3986: pchar, '/', and '%' (which the caller must have written well).
bool IsPathChar(char c) {
  return absl::ascii_isalnum(c) ||
         absl::StrContains("-._~!$&'()*+,;=:/%", absl::string_view(&c, 1));
}

// The host before the port, which is left in *rest with its colon.
bool ConsumeHost(absl::string_view* rest) {
  if (absl::ConsumePrefix(rest, "[")) {
    const size_t end = rest->find(']');
    if (end == absl::string_view::npos || end < 2) return false;
    const absl::string_view address = rest->substr(0, end);
    rest->remove_prefix(end + 1);
    return std::all_of(address.begin(), address.end(), IsIpv6Char);
  }
  const size_t end = std::min(rest->find(':'), rest->size());
  const absl::string_view host = rest->substr(0, end);
  rest->remove_prefix(end);
  return !host.empty() && std::all_of(host.begin(), host.end(), IsHostChar);
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port >= 1 && port <= 65535;
}

absl::Status CheckAuthority(absl::string_view text, absl::string_view authority,
                            bool port_needed) {
  if (absl::StrContains(authority, "@")) {
    return Invalid(text, "it must not hold a user or password");
  }
  if (!ConsumeHost(&authority)) return Invalid(text, "the host is not valid");
  if (authority.empty()) {
    return port_needed ? Invalid(text, "the port is missing")
                       : absl::OkStatus();
  }
  if (!absl::ConsumePrefix(&authority, ":") || !IsPort(authority)) {
    return Invalid(text, "the port must be a number from 1 to 65535");
  }
  return absl::OkStatus();
}

absl::StatusOr<Endpoint> ParseSocket(absl::string_view text,
                                     absl::string_view path) {
  if (!absl::StartsWith(path, "/")) {
    return Invalid(text, "the path of a unix socket must be absolute");
  }
  if (absl::EndsWith(path, "/")) return Invalid(text, "that is a folder");
  if (path.size() > kMaxSocketPath) {
    return Invalid(text, absl::StrCat("the path of a unix socket has at most ",
                                      kMaxSocketPath, " bytes"));
  }
  Endpoint endpoint;
  endpoint.base_url = "http://localhost";
  endpoint.unix_socket = std::string(path);
  endpoint.name = absl::StrCat("unix://", ToPrintable(path));
  return endpoint;
}

absl::StatusOr<Endpoint> ParseUrl(absl::string_view text,
                                  absl::string_view scheme,
                                  absl::string_view rest) {
  if (rest.find_first_of("?#") != absl::string_view::npos) {
    return Invalid(text, "it must not hold a query or fragment");
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  absl::string_view prefix = rest.substr(slash);
  SMON_RETURN_IF_ERROR(
      CheckAuthority(text, rest.substr(0, slash), /*port_needed=*/false));
  if (!std::all_of(prefix.begin(), prefix.end(), IsPathChar)) {
    return Invalid(text, "the path holds a character that must be escaped");
  }
  while (absl::ConsumeSuffix(&prefix, "/")) {
  }
  Endpoint endpoint;
  endpoint.base_url = absl::StrCat(scheme, rest.substr(0, slash), prefix);
  endpoint.name = endpoint.base_url;
  return endpoint;
}

}  // namespace

std::string RedactUrl(absl::string_view text) {
  std::string prefix;
  if (const size_t at = text.rfind('@'); at != absl::string_view::npos) {
    const size_t scheme = text.find("://");
    if (scheme != absl::string_view::npos && scheme < at) {
      prefix = std::string(text.substr(0, scheme + 3));
    }
    absl::StrAppend(&prefix, "***");
    text.remove_prefix(at);
  }
  const size_t query = text.find_first_of("?#");
  if (query == absl::string_view::npos) return absl::StrCat(prefix, text);
  return absl::StrCat(prefix, text.substr(0, query + 1), "***");
}

absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return Invalid(text, "it is empty");
  if (std::any_of(text.begin(), text.end(), absl::ascii_iscntrl)) {
    return Invalid(text, "it holds a control character");
  }
  if (text[0] == '/') return ParseSocket(text, text);
  const size_t colon = text.find("://");
  if (colon == absl::string_view::npos) {
    SMON_RETURN_IF_ERROR(CheckAuthority(text, text, /*port_needed=*/true));
    return ParseUrl(text, "http://", text);
  }
  const absl::string_view rest = text.substr(colon + 3);
  const std::string scheme = absl::AsciiStrToLower(text.substr(0, colon));
  if (scheme == "unix") return ParseSocket(text, rest);
  if (scheme == "http") return ParseUrl(text, "http://", rest);
  if (scheme == "https") return ParseUrl(text, "https://", rest);
  return Invalid(text, "the scheme must be http, https or unix");
}

}  // namespace smon
