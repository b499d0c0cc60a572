#ifndef SMON_SERVER_OBSERVABILITY_H_
#define SMON_SERVER_OBSERVABILITY_H_

#include <grpcpp/support/server_interceptor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "server/config/reload_record.h"
#include "server/gateway/http_message.h"
#include "server/gateway/http_observer.h"
#include "server/gateway/probe_endpoint.h"
#include "server/metrics/http_metrics.h"
#include "server/metrics/metrics.h"
#include "server/metrics/rpc_metrics.h"
#include "server/metrics/store_metrics.h"
#include "server/monitor/job_feed.h"
#include "server/monitor/monitor.h"
#include "server/store/store_observer.h"

namespace smon {

// What the service shows of itself over HTTP: /metrics, /livez and /readyz.
// Must outlive all that it is handed to.
class Observability {
 public:
  // `clock` outlives this object.
  explicit Observability(const Clock* clock) : reloads_(clock) {}

  // For those that are counted.
  StoreObserver* store() { return &store_; }
  HttpObserver* http() { return &http_; }
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  NewRpcInterceptor() {
    return rpcs_.NewFactory();
  }
  ReloadRecord* reloads() { return &reloads_; }
  // For what is counted elsewhere; see Metrics::AddCounter.
  Metrics* metrics() { return &metrics_; }

  // Shows the two, which must outlive the use of the handlers. Once.
  void Show(const Monitor* monitor, const JobFeed* feed);
  // By path. Not before Show().
  std::map<std::string, HttpHandler*> handlers();

 private:
  ReloadRecord reloads_;
  Metrics metrics_;
  StoreMetrics store_{metrics_.registry()};
  RpcMetrics rpcs_{metrics_.registry()};
  HttpMetrics http_{metrics_.registry()};
  std::optional<ProbeEndpoint> livez_;
  std::optional<ProbeEndpoint> readyz_;
};

}  // namespace smon

#endif  // SMON_SERVER_OBSERVABILITY_H_
