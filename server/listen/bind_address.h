#ifndef SMON_SERVER_LISTEN_BIND_ADDRESS_H_
#define SMON_SERVER_LISTEN_BIND_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon {

// Whether only this host reaches what listens on `host`: an address of
// 127.0.0.0/8, ::1 (also in brackets), or a name all of whose addresses are
// such. Asks the resolver for names. What is not known is not loopback.
bool IsLoopback(absl::string_view host);

// Whether a request's Host header names an address, localhost, or one of
// `names`. Any other name may be one that a web page's owner lets point here
// (DNS rebinding), so that the browser takes us for that page's server.
bool IsOwnHost(absl::string_view host_header,
               const std::vector<std::string>& names);

}  // namespace smon

#endif  // SMON_SERVER_LISTEN_BIND_ADDRESS_H_
