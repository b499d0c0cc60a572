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

using RequestHead =
    boost::beast::http::request_header<boost::beast::http::fields>;

// The answer to a head whose meaning another server, a proxy in front say,
// might see otherwise: where its body ends, or which host is meant (RFC 9112,
// sections 3.2 and 6). None where all is well.
std::optional<HttpResponse> RefusalOf(const RequestHead& head);

// Takes the body out of `message`.
HttpRequest RequestOf(
    boost::beast::http::request<boost::beast::http::string_body>* message);

// Whether the client waits for "100 Continue" before it sends the body.
bool AwaitsContinue(const RequestHead& head);

// The answer to what could not be read as a request; none where the client is
// gone or too slow.
std::optional<HttpResponse> RefusalOf(const boost::system::error_code& error,
                                      const HttpServer::Options& options);

// Status and headers of `response`, with those that each response has.
boost::beast::http::response<boost::beast::http::string_body> ResponseHead(
    const HttpResponse& response, bool keep_alive);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_HEAD_H_
