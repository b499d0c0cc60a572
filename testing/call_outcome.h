#ifndef SMON_TESTING_CALL_OUTCOME_H_
#define SMON_TESTING_CALL_OUTCOME_H_

#include <grpcpp/support/status.h>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"

namespace smon {

// How an asynchronous gRPC call ends, for a test that waits for it. Its lock is
// taken before the call begins, too: ThreadSanitizer does not see that gRPC
// hands things from thread to thread.
//
//   CallOutcome outcome;
//   stub.UnaryCall(..., [&](const grpc::Status& status) { outcome.Set(status);
//   }); EXPECT_TRUE(outcome.Await().ok());
class CallOutcome {
 public:
  CallOutcome() {
    MutexLock lock(&mu_);
    known_ = false;
  }
  void Set(const grpc::Status& status) {
    MutexLock lock(&mu_);
    status_ = status;
    known_ = true;
    changed_.NotifyAll();
  }
  grpc::Status Await() {
    MutexLock lock(&mu_);
    while (!known_) changed_.Wait(&mu_);
    return status_;
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool known_ ABSL_GUARDED_BY(mu_);
  grpc::Status status_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_TESTING_CALL_OUTCOME_H_
