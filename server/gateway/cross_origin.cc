#include "server/gateway/cross_origin.h"

#include "absl/strings/string_view.h"

namespace smon {

bool CrossOrigin::Allows(const HttpRequest& request) const {
  return origins_.count(std::string(FindHeader(request.headers, "Origin"))) > 0;
}

bool CrossOrigin::IsPreflight(const HttpRequest& request) const {
  return request.method == "OPTIONS" && Allows(request) &&
         !FindHeader(request.headers, "Access-Control-Request-Method").empty();
}

HttpResponse CrossOrigin::AnswerPreflight() const {
  HttpResponse response;
  response.status = 204;
  response.headers = {
      {"Access-Control-Allow-Methods", "GET, HEAD, POST"},
      {"Access-Control-Allow-Headers",
       "Authorization, Content-Type, Grpc-Timeout, If-None-Match"},
      {"Access-Control-Max-Age", "600"},
  };
  return response;
}

HttpHeaders CrossOrigin::HeadersFor(const HttpRequest& request) const {
  if (origins_.empty()) return {};
  // Also where it is not allowed: a cache must not mix the two up.
  HttpHeaders headers = {{"Vary", "Origin"}};
  if (Allows(request)) {
    headers.emplace_back("Access-Control-Allow-Origin",
                         FindHeader(request.headers, "Origin"));
    headers.emplace_back("Access-Control-Expose-Headers", "ETag");
  }
  return headers;
}

}  // namespace smon
