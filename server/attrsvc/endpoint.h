#ifndef SMON_SERVER_ATTRSVC_ENDPOINT_H_
#define SMON_SERVER_ATTRSVC_ENDPOINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

// Where the Attribution Service listens.
struct Endpoint {
  // Put before a route such as "/logs": no slash at its end. With a unix
  // socket, the host in it is only what the Host header says.
  std::string base_url;
  // Absolute path of the socket to connect to; empty for TCP.
  std::string unix_socket;
  // The endpoint in messages to users, e.g. "unix:///run/attrsvc.sock".
  std::string name;
};

// Reads the setting --attrsvc_url:
//   http://host[:port][/prefix]  https://host[:port][/prefix]  host:port
//   unix:///run/attrsvc.sock     /run/attrsvc.sock
// An IPv6 address goes in brackets. White space around it does not matter.
//
// Anything else is INVALID_ARGUMENT with a message that repeats the value
// (without what may be a secret in it) and names the forms above.
absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text);

// A URL without its secrets: what stands before an '@' may be a password, what
// stands behind '?' or '#' may be a token. Each is shown as ***.
std::string RedactUrl(absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_ENDPOINT_H_
