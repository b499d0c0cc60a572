#ifndef SMON_SERVER_GATEWAY_CALL_TRACKER_H_
#define SMON_SERVER_GATEWAY_CALL_TRACKER_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"

namespace smon {

// Knows the gRPC calls under way, so that a stop can cancel them. Thread-safe.
class CallTracker {
 public:
  CallTracker() = default;
  // Cancels the calls and waits until each has been removed.
  ~CallTracker();
  CallTracker(const CallTracker&) = delete;
  CallTracker& operator=(const CallTracker&) = delete;

  // Cancels the call at once after Abort.
  void Add(std::shared_ptr<grpc::ClientContext> context);
  void Remove(const std::shared_ptr<grpc::ClientContext>& context);
  // Cancels all calls, also those to come.
  void Abort();

 private:
  Mutex mu_;
  CondVar removed_;
  bool aborted_ ABSL_GUARDED_BY(mu_) = false;
  std::set<std::shared_ptr<grpc::ClientContext>> calls_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_CALL_TRACKER_H_
