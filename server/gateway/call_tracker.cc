#include "server/gateway/call_tracker.h"

#include <utility>

namespace smon {

CallTracker::~CallTracker() {
  Abort();
  MutexLock lock(&mu_);
  while (!calls_.empty()) removed_.Wait(&mu_);
}

void CallTracker::Add(std::shared_ptr<grpc::ClientContext> context) {
  MutexLock lock(&mu_);
  // There is nothing to be called back yet, so the lock does no harm.
  if (aborted_) context->TryCancel();
  grpc::ClientContext* const key = context.get();
  calls_.emplace(key, std::move(context));
}

void CallTracker::Remove(grpc::ClientContext* context) {
  MutexLock lock(&mu_);
  calls_.erase(context);
  // With the lock held: after it, this object may be gone.
  removed_.NotifyAll();
}

void CallTracker::Abort() {
  std::map<grpc::ClientContext*, std::shared_ptr<grpc::ClientContext>> calls;
  {
    MutexLock lock(&mu_);
    aborted_ = true;
    calls = calls_;
  }
  // Without the lock: cancelling may run a call's completion in this thread.
  for (const auto& call : calls) call.second->TryCancel();
}

}  // namespace smon
