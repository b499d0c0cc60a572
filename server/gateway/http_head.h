#ifndef SMON_SERVER_GATEWAY_HTTP_HEAD_H_
#define SMON_SERVER_GATEWAY_HTTP_HEAD_H_

#include <boost/beast/http.hpp>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/gateway/http_message.h"
#include "server/gateway/http_server.h"

namespace smon {

// What HttpServer itself says to a client. Thread-safe.

// {"error":"..."}
HttpResponse RefusedResponse(int status, absl::string_view message);

// The answer to what could not be read as a request; none where the client is
// gone or too slow.
std::optional<HttpResponse> RefusalOf(const boost::system::error_code& error,
                                      const HttpServer::Options& options);

// Status and headers of `response`, with those that each response has.
boost::beast::http::response<boost::beast::http::string_body> ResponseHead(
    const HttpResponse& response, bool keep_alive);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_HEAD_H_
