#ifndef SMON_CLIENT_ADDRESS_H_
#define SMON_CLIENT_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::client {

inline constexpr char kDefaultAddress[] = "127.0.0.1:8101";

// What gRPC is to connect to, from what a user gives: "host:port",
// "[::1]:port", "unix:/path", or a host alone, which gets the default port.
// INVALID_ARGUMENT, with the mend, for anything else, such as a URL.
absl::StatusOr<std::string> ParseAddress(absl::string_view text);

}  // namespace smon::client

#endif  // SMON_CLIENT_ADDRESS_H_
