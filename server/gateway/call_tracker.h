#ifndef SMON_SERVER_GATEWAY_CALL_TRACKER_H_
#define SMON_SERVER_GATEWAY_CALL_TRACKER_H_

#include <grpcpp/client_context.h>

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"

namespace smon {

// Owns the contexts of the gRPC calls under way, so that a stop can cancel the
// calls. Thread-safe.
//
// A context holds its channel, and a channel must not be released last in a
// callback of its own: gRPC would wait there for its callback threads, so for
// itself. Therefore a callback removes its context before it tells anyone that
// the call is over.
class CallTracker {
 public:
  CallTracker() = default;
  // Cancels the calls and waits until each has been removed.
  ~CallTracker();
  CallTracker(const CallTracker&) = delete;
  CallTracker& operator=(const CallTracker&) = delete;

  // Takes over a context whose call has not started. It lasts until Remove.
  // The call is cancelled at once after Abort.
  void Add(std::shared_ptr<grpc::ClientContext> context);
  void Remove(grpc::ClientContext* context);
  // Cancels all calls, also those to come.
  void Abort();

 private:
  Mutex mu_;
  CondVar removed_;
  bool aborted_ ABSL_GUARDED_BY(mu_) = false;
  std::map<grpc::ClientContext*, std::shared_ptr<grpc::ClientContext>> calls_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_CALL_TRACKER_H_
