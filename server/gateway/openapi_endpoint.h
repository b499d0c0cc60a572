#ifndef SMON_SERVER_GATEWAY_OPENAPI_ENDPOINT_H_
#define SMON_SERVER_GATEWAY_OPENAPI_ENDPOINT_H_

#include <functional>

#include "server/gateway/http_message.h"

namespace smon {

// /openapi.json: the HTTP API as an OpenAPI document, made from the proto and
// its comments when this is built (docs/api/openapi.py).
//
//   GET /openapi.json      200  {"openapi":"3.0.3",…}
//
// Thread-safe.
class OpenapiEndpoint : public HttpHandler {
 public:
  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override;
  void Abort() override {}
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_OPENAPI_ENDPOINT_H_
