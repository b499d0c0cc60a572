#include "server/gateway/call_tracker.h"

#include <utility>

namespace smon {

CallTracker::~CallTracker() {
  Abort();
  MutexLock lock(&mu_);
  while (!calls_.empty()) removed_.Wait(&mu_);
}

void CallTracker::Add(std::shared_ptr<grpc::ClientContext> context) {
  bool aborted = false;
  {
    MutexLock lock(&mu_);
    aborted = aborted_;
    calls_.insert(context);
  }
  if (aborted) context->TryCancel();
}

void CallTracker::Remove(const std::shared_ptr<grpc::ClientContext>& context) {
  MutexLock lock(&mu_);
  calls_.erase(context);
  // With the lock held: after it, this object may be gone.
  removed_.NotifyAll();
}

void CallTracker::Abort() {
  std::set<std::shared_ptr<grpc::ClientContext>> calls;
  {
    MutexLock lock(&mu_);
    aborted_ = true;
    calls = calls_;
  }
  // Without the lock: cancelling may run a call's completion in this thread.
  for (const auto& context : calls) context->TryCancel();
}

}  // namespace smon
