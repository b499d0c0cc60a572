#ifndef SMON_SERVER_GATEWAY_OWN_PAGE_H_
#define SMON_SERVER_GATEWAY_OWN_PAGE_H_

#include <string>
#include <vector>

#include "server/gateway/http_message.h"

namespace smon {

// Whether a request with an Origin header comes from the page that this server
// itself shows (/ui): Origin names what Host names. Both are the browser's
// word, which a page cannot change.
//
// A name may be one whose owner lets it point here (DNS rebinding), and its
// page would then have the same origin. So Host must be an address, localhost
// or one of `own_hosts`, or the request must bring an Authorization header,
// which no browser adds by itself. With `https`, where a certificate may speak
// for the browser, a page that came without TLS is not ours.
bool IsFromOwnPage(const HttpRequest& request, bool https,
                   const std::vector<std::string>& own_hosts);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_OWN_PAGE_H_
