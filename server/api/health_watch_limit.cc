#include "server/api/health_watch_limit.h"

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "common/mutex.h"

namespace smon {
namespace {

using ::grpc::experimental::InterceptionHookPoints;
using ::grpc::experimental::ServerRpcInfo;

using Count = std::shared_ptr<std::atomic<int>>;

// One stream, for as long as it is open.
class Watch final : public grpc::experimental::Interceptor {
 public:
  Watch(Count open, int most, ServerRpcInfo* info)
      : open_(std::move(open)), is_allowed_(++*open_ <= most), info_(info) {
    MutexLock lock(&mu_);
  }
  ~Watch() override {
    { MutexLock lock(&mu_); }
    --*open_;
  }

  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    if (!is_allowed_ && methods->QueryInterceptionHookPoint(
                            InterceptionHookPoints::POST_RECV_MESSAGE)) {
      info_->server_context()->TryCancel();
    }
    methods->Proceed();
  }

 private:
  const Count open_;
  const bool is_allowed_;
  ServerRpcInfo* const info_;
  // ThreadSanitizer does not see how gRPC hands it from thread to thread.
  Mutex mu_;
};

class Factory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(int most) : most_(most) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      ServerRpcInfo* info) override {
    if (std::strcmp(info->method(), "/grpc.health.v1.Health/Watch") != 0) {
      return nullptr;
    }
    return new Watch(open_, most_, info);
  }

 private:
  const int most_;
  // Streams may outlive the factory.
  const Count open_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewHealthWatchLimit(int most) {
  return std::make_unique<Factory>(most);
}

}  // namespace smon
