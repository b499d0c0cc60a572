#ifndef SMON_SERVER_METRICS_RPC_METRICS_H_
#define SMON_SERVER_METRICS_RPC_METRICS_H_

#include <grpcpp/support/server_interceptor.h>
#include <grpcpp/support/status.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// Counts and times the rpcs of a gRPC server, under the names and labels that
// grpc-ecosystem's go-grpc-prometheus gave them, for which there are
// dashboards: grpc_server_started_total, grpc_server_handled_total (by code)
// and grpc_server_handling_seconds. The HTTP gateway's calls are among them.
//
//   builder.experimental().SetInterceptorCreators({rpc_metrics.NewFactory()})
//
// Methods that are none of ours share one name, so that no client can make new
// ones. Thread-safe.
class RpcMetrics {
 public:
  // `registry` must outlive this object.
  explicit RpcMetrics(prometheus::Registry* registry);

  // For one server; this object must outlive it.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  NewFactory();

  // A call of "/smon.v1.MonitorService/GetJob" began, and ended.
  void OnStarted(absl::string_view method);
  void OnHandled(absl::string_view method, grpc::StatusCode code,
                 absl::Duration time);

 private:
  static constexpr int kCodes = 17;
  struct Method {
    prometheus::Labels labels;
    prometheus::Counter* started = nullptr;
    prometheus::Histogram* seconds = nullptr;
    // By code; made when there is the first one.
    std::array<std::atomic<prometheus::Counter*>, kCodes> handled{};
  };

  void AddMethod(const std::string& service, const std::string& name,
                 const char* type);
  Method& Find(absl::string_view method);

  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  // By their path. What it has is set by the constructor.
  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_RPC_METRICS_H_
