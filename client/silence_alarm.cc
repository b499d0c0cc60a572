#include "client/silence_alarm.h"

#include <utility>

#include "absl/time/clock.h"

namespace smon::client {

SilenceAlarm::SilenceAlarm(absl::Duration patience, std::function<void()> ring)
    : ring_(std::move(ring)),
      patience_(patience),
      last_heard_(absl::Now()),
      thread_([this] { Listen(); }) {}

SilenceAlarm::~SilenceAlarm() {
  {
    MutexLock lock(&mu_);
    over_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void SilenceAlarm::Heard(absl::Duration patience) {
  MutexLock lock(&mu_);
  last_heard_ = absl::Now();
  if (patience < patience_) changed_.NotifyAll();
  patience_ = patience;
}

bool SilenceAlarm::has_rung() const {
  MutexLock lock(&mu_);
  return rung_;
}

void SilenceAlarm::Listen() {
  {
    MutexLock lock(&mu_);
    while (!over_) {
      const absl::Duration left = last_heard_ + patience_ - absl::Now();
      if (left <= absl::ZeroDuration()) break;
      changed_.WaitFor(&mu_, left);
    }
    if (over_) return;
    rung_ = true;
  }
  ring_();
}

}  // namespace smon::client
