#include "server/monitor/breaker.h"

#include <algorithm>

namespace smon {
namespace {

// Should the answer to the one request get lost, the next goes out after this.
constexpr absl::Duration kLongestTry = absl::Minutes(2);

}  // namespace

absl::Time Breaker::NextTurn(absl::Time now) const {
  return open() ? std::max(now, next_try_) : now;
}

void Breaker::OnSent(absl::Time now) {
  if (!open()) return;
  trying_ = true;
  next_try_ = now + kLongestTry;
}

void Breaker::OnAnswered() {
  failures_ = 0;
  trying_ = false;
}

void Breaker::OnUnavailable(absl::Time now) {
  // What was sent before it opened says nothing new.
  if (open() && !trying_) return;
  trying_ = false;
  failures_ = std::min(failures_ + 1, 1000);
  if (open()) {
    next_try_ = now + kIntervals.Wait(failures_ - kFailuresToOpen + 1, random_);
  }
}

}  // namespace smon
