#ifndef SMON_SERVER_GATEWAY_PROBE_ENDPOINT_H_
#define SMON_SERVER_GATEWAY_PROBE_ENDPOINT_H_

#include <functional>
#include <string>

#include "server/gateway/http_message.h"
#include "server/monitor/check.h"

namespace smon {

// An endpoint for an orchestrator's probes: /livez, /readyz. Short plain text,
// as Kubernetes' own servers have it:
//
//   GET /livez             200  ok
//                          503  poller: overdue for 3s
//   GET /livez?verbose     200  [+]poller ok
//                               [+]submitter ok
//                               livez check passed
//
// Asks no other part of the process, so that it answers where those are busy.
// Thread-safe.
class ProbeEndpoint : public HttpHandler {
 public:
  // `name` is as shown above; `checks` must not wait for anything.
  ProbeEndpoint(std::string name, std::function<Checks()> checks);

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override;
  void Abort() override {}

 private:
  const std::string name_;
  const std::function<Checks()> checks_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_PROBE_ENDPOINT_H_
