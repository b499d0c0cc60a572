#ifndef SMON_SERVER_PORTS_H_
#define SMON_SERVER_PORTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/call_guard.h"
#include "server/api/grpc_server.h"
#include "server/api/guarded_service.h"
#include "server/api/monitor_service.h"
#include "server/auth/sealed_peer.h"
#include "server/config/config.h"
#include "server/diagnosis/diagnosis.h"
#include "server/diagnosis/examination.h"
#include "server/gateway/gateway.h"
#include "server/gateway/openapi_endpoint.h"
#include "server/monitor/job_feed.h"
#include "server/monitor/monitor.h"
#include "server/observability.h"
#include "server/security.h"
#include "server/ui/status_page.h"

namespace smon {

// What the service is reached by: gRPC and HTTP, on TCP ports and unix sockets,
// all of it behind the same guard.
class Ports {
 public:
  // Listens. All but `config` outlive the result. Errors name the flag or the
  // address, and the mend.
  static absl::StatusOr<std::unique_ptr<Ports>> Open(
      const Config& config, Monitor* monitor, JobFeed* feed,
      const TextSigner* signer, Security* security, Observability* shown);
  ~Ports();

  // Shows the service's health in grpc.health.v1. Again and again.
  void Publish();
  // Ends open calls, within `grace` if they finish by themselves.
  void Stop(absl::Duration grace);

  int grpc_port() const { return grpc_->port(); }
  // "127.0.0.1:8100", or "off".
  const std::string& http() const { return http_; }

 private:
  Ports(const Config& config, Monitor* monitor, JobFeed* feed,
        const TextSigner* signer, Security* security, Observability* shown);
  absl::Status OpenGrpc(const Config& config, Observability* shown);
  absl::Status OpenHttp(const Config& config, Observability* shown);

  Monitor* const monitor_;
  Security* const security_;
  const PeerSeal seal_;
  const CallGuard guard_;
  const SystemClock clock_;
  Examination examination_;
  Diagnosis diagnosis_;
  MonitorServiceImpl service_;
  GuardedService guarded_;
  OpenapiEndpoint openapi_;
  StatusPage page_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<Gateway> gateway_;
  std::string http_ = "off";
};

}  // namespace smon

#endif  // SMON_SERVER_PORTS_H_
