#include "server/api/unsent_answers.h"

#include <algorithm>

namespace smon {

void UnsentAnswers::Add(Call* call, size_t bytes) {
  MutexLock lock(&mu_);
  call->bytes_ = std::max(bytes, kLeastBytes);
  call->at_ = calls_.insert(calls_.end(), call);
  bytes_ += call->bytes_;
  while (bytes_ > most_bytes_ && calls_.front() != call) {
    calls_.front()->Cancel();
    Forget(calls_.front());
  }
}

void UnsentAnswers::Remove(Call* call) {
  MutexLock lock(&mu_);
  Forget(call);
}

void UnsentAnswers::Forget(Call* call) {
  if (call->bytes_ == 0) return;
  bytes_ -= call->bytes_;
  call->bytes_ = 0;
  calls_.erase(call->at_);
}

}  // namespace smon
