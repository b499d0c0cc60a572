#include "server/metrics/rpc_metrics.h"

#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/metrics/latency_bounds.h"

namespace smon {
namespace {

using grpc::experimental::InterceptionHookPoints;

// The name of what is none of ours.
constexpr char kOther[] = "/other/other";

// As go-grpc-prometheus writes them.
const char* CodeName(int code) {
  static constexpr const char* kNames[] = {"OK",
                                           "Canceled",
                                           "Unknown",
                                           "InvalidArgument",
                                           "DeadlineExceeded",
                                           "NotFound",
                                           "AlreadyExists",
                                           "PermissionDenied",
                                           "ResourceExhausted",
                                           "FailedPrecondition",
                                           "Aborted",
                                           "OutOfRange",
                                           "Unimplemented",
                                           "Internal",
                                           "Unavailable",
                                           "DataLoss",
                                           "Unauthenticated"};
  return kNames[code];
}

absl::Duration Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Follows one call. gRPC hands it from thread to thread; the lock makes that
// visible to ThreadSanitizer, which does not look into gRPC.
class CallMetrics final : public grpc::experimental::Interceptor {
 public:
  CallMetrics(RpcMetrics* metrics, std::string method)
      : metrics_(metrics), method_(std::move(method)), start_(Now()) {
    MutexLock lock(&mu_);
    metrics_->OnStarted(method_);
  }
  // A call that ended without a status was left by its client.
  ~CallMetrics() override {
    MutexLock lock(&mu_);
    metrics_->OnHandled(method_, code_, Now() - start_);
  }

  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      MutexLock lock(&mu_);
      code_ = methods->GetSendStatus().error_code();
    }
    methods->Proceed();
  }

 private:
  RpcMetrics* const metrics_;
  const std::string method_;
  const absl::Duration start_;
  Mutex mu_;
  grpc::StatusCode code_ ABSL_GUARDED_BY(mu_) = grpc::StatusCode::CANCELLED;
};

class CallMetricsFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallMetricsFactory(RpcMetrics* metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new CallMetrics(metrics_, info->method());
  }

 private:
  RpcMetrics* const metrics_;
};

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry* registry)
    : started_(prometheus::BuildCounter()
                   .Name("grpc_server_started_total")
                   .Help("RPCs that were begun.")
                   .Register(*registry)),
      handled_(prometheus::BuildCounter()
                   .Name("grpc_server_handled_total")
                   .Help("RPCs that are over, by their code.")
                   .Register(*registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("grpc_server_handling_seconds")
                   .Help("Duration of RPCs, to the end of a stream.")
                   .Register(*registry)) {
  const auto* const monitor =
      v1::Job::descriptor()->file()->FindServiceByName("MonitorService");
  for (int i = 0; i < monitor->method_count(); ++i) {
    AddMethod(
        monitor->full_name(), monitor->method(i)->name(),
        monitor->method(i)->server_streaming() ? "server_stream" : "unary");
  }
  AddMethod("grpc.health.v1.Health", "Check", "unary");
  AddMethod("grpc.health.v1.Health", "Watch", "server_stream");
  AddMethod("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo",
            "bidi_stream");
  AddMethod("other", "other", "unary");
}

void RpcMetrics::AddMethod(const std::string& service, const std::string& name,
                           const char* type) {
  Method& method = methods_[absl::StrCat("/", service, "/", name)];
  method.labels = {
      {"grpc_type", type}, {"grpc_service", service}, {"grpc_method", name}};
  method.started = &started_.Add(method.labels);
  method.seconds = &seconds_.Add(method.labels, LatencyBounds());
}

RpcMetrics::Method& RpcMetrics::Find(absl::string_view method) {
  const auto it = methods_.find(std::string(method));
  return it != methods_.end() ? it->second : methods_.find(kOther)->second;
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
RpcMetrics::NewFactory() {
  return std::make_unique<CallMetricsFactory>(this);
}

void RpcMetrics::OnStarted(absl::string_view method) {
  Find(method).started->Increment();
}

void RpcMetrics::OnHandled(absl::string_view method, grpc::StatusCode code,
                           absl::Duration time) {
  Method& metrics = Find(method);
  metrics.seconds->Observe(absl::ToDoubleSeconds(time));
  int number = static_cast<int>(code);
  if (number < 0 || number >= kCodes) number = grpc::StatusCode::UNKNOWN;
  prometheus::Counter* handled = metrics.handled[number];
  if (handled == nullptr) {
    prometheus::Labels labels = metrics.labels;
    labels["grpc_code"] = CodeName(number);
    handled = &handled_.Add(labels);  // the same for all who add it
    metrics.handled[number] = handled;
  }
  handled->Increment();
}

}  // namespace smon
