#ifndef SMON_SERVER_GATEWAY_CROSS_ORIGIN_H_
#define SMON_SERVER_GATEWAY_CROSS_ORIGIN_H_

#include <set>
#include <string>
#include <utility>

#include "server/gateway/http_message.h"

namespace smon {

// Cross-origin resource sharing (the Fetch standard, "CORS protocol"): which
// web pages browsers let read our answers. Without origins, none, and nothing
// is said of it. Thread-safe.
class CrossOrigin {
 public:
  // As browsers write them: "https://board.example:8443".
  explicit CrossOrigin(std::set<std::string> origins)
      : origins_(std::move(origins)) {}

  // Whether the request names one of the origins.
  bool Allows(const HttpRequest& request) const;

  // Whether a browser asks on behalf of such a page what it may send. It sends
  // no token along then.
  bool IsPreflight(const HttpRequest& request) const;
  HttpResponse AnswerPreflight() const;

  // What each answer to `request` has to say.
  HttpHeaders HeadersFor(const HttpRequest& request) const;

 private:
  const std::set<std::string> origins_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_CROSS_ORIGIN_H_
