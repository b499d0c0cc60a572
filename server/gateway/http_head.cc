#include "server/gateway/http_head.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/gateway/json_text.h"

namespace smon {
namespace {

namespace http = boost::beast::http;

// What is sent is data. No browser is to take it for a page, show it within
// one, or tell others where it came from.
constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
};

// Whether each answer has that header, and one at most: an answer's own counts.
bool IsOurs(absl::string_view name) {
  return absl::EqualsIgnoreCase(name, "Cache-Control") ||
         std::any_of(std::begin(kSecurityHeaders), std::end(kSecurityHeaders),
                     [name](const auto& header) {
                       return absl::EqualsIgnoreCase(name, header.first);
                     });
}

std::string ToString(boost::beast::string_view text) {
  return std::string(text.data(), text.size());
}

// A header's value; whatever could end the line is a space.
std::string ToHeaderValue(absl::string_view text) {
  std::string value(text);
  for (char& c : value) {
    if (absl::ascii_iscntrl(c) && c != '\t') c = ' ';
  }
  return value;
}

}  // namespace

HttpResponse RefusedResponse(int status, absl::string_view message) {
  HttpResponse response;
  response.status = status;
  response.body = "{\"error\":";
  AppendJsonString(message, &response.body);
  response.body += "}";
  return response;
}

std::optional<HttpResponse> RefusalOf(const RequestHead& head) {
  const auto hosts = head.count(http::field::host);
  if (hosts > 1) return RefusedResponse(400, "there is more than one Host");
  if (hosts == 0 && head.version() >= 11) {
    return RefusedResponse(400, "the Host header is missing");
  }
  const auto coding = head.find(http::field::transfer_encoding);
  if (coding == head.end()) return std::nullopt;
  if (head.version() < 11) {
    return RefusedResponse(400, "HTTP/1.0 has no Transfer-Encoding");
  }
  // Beast takes a body of another coding for none.
  if (!boost::beast::iequals(coding->value(), "chunked")) {
    return RefusedResponse(501, "no Transfer-Encoding but chunked is known");
  }
  return std::nullopt;
}

HttpRequest RequestOf(http::request<http::string_body>* message) {
  HttpRequest request;
  request.method = ToString(message->method_string());
  request.target = ToString(message->target());
  for (const auto& field : *message) {
    request.headers.emplace_back(ToString(field.name_string()),
                                 ToString(field.value()));
  }
  request.body = std::move(message->body());
  return request;
}

bool AwaitsContinue(const RequestHead& head) {
  return head.version() >= 11 &&
         boost::beast::iequals(head[http::field::expect], "100-continue");
}

std::optional<HttpResponse> RefusalOf(const boost::system::error_code& error,
                                      const HttpServer::Options& options) {
  if (error == http::error::body_limit) {
    return RefusedResponse(413, absl::StrCat("the body is larger than ",
                                             options.max_body_bytes, " bytes"));
  }
  if (error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return RefusedResponse(431,
                           absl::StrCat("the header is larger than ",
                                        options.max_header_bytes, " bytes"));
  }
  if (error.category() ==
          http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream &&
      error != http::error::partial_message) {
    return RefusedResponse(
        400, absl::StrCat("not an HTTP request: ", error.message()));
  }
  return std::nullopt;
}

http::response<http::string_body> ResponseHead(const HttpResponse& response,
                                               bool keep_alive) {
  http::response<http::string_body> head;
  head.version(11);
  head.result(static_cast<unsigned>(response.status));
  head.set(http::field::date,
           absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", absl::Now(),
                            absl::UTCTimeZone()));
  if (response.status != 204 && response.status != 304) {
    head.set(http::field::content_type, ToHeaderValue(response.content_type));
  }
  for (const auto& [name, value] : kSecurityHeaders) head.set(name, value);
  head.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) {
    if (IsOurs(name)) {
      head.set(name, ToHeaderValue(value));
    } else {
      head.insert(name, ToHeaderValue(value));
    }
  }
  head.keep_alive(keep_alive);
  return head;
}

}  // namespace smon
