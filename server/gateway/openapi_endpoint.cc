#include "server/gateway/openapi_endpoint.h"

#include <utility>

namespace smon {
namespace {

constexpr char kDocument[] =
#include "server/gateway/openapi_json.inc"
    ;

}  // namespace

void OpenapiEndpoint::Handle(HttpRequest request,
                             std::function<void(HttpResponse)> done) {
  HttpResponse response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = request.method == "OPTIONS" ? 204 : 405;
    response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    if (response.status == 405) {
      response.body = R"({"error":"method not allowed"})";
    }
    return done(std::move(response));
  }
  response.body = kDocument;
  done(std::move(response));
}

}  // namespace smon
