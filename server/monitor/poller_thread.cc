// The Poller's thread, and when it polls.

#include <chrono>

#include "server/monitor/poller.h"

namespace smon {
namespace {

// How late a poll may begin where many programs want the processor.
constexpr absl::Duration kLatestBegin = absl::Minutes(5);

// The monotonic clock, so that a step of the wall clock delays no poll.
absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

void Poller::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Poller::Stop() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Poller::Loop() {
  for (;;) {
    const absl::Duration start = Monotonic();
    const absl::Duration slurm_before = Commands().total;
    PollPace::Poll poll;
    poll.ok = PollOnce().ok();
    poll.has_more = has_more_;
    poll.slurm_time = Commands().total - slurm_before;
    const absl::Duration next = start + pace_.After(poll, random_);
    {
      MutexLock lock(&totals_mu_);
      totals_.interval = pace_.current_interval();
      totals_.next_poll = clock_->Now() + (next - Monotonic());
    }
    heartbeat_.Expect(next - Monotonic() + kLatestBegin);
    MutexLock lock(&mu_);
    while (!stopping_ && Monotonic() < next) {
      changed_.WaitFor(&mu_, next - Monotonic());
    }
    if (stopping_) break;
  }
  heartbeat_.Expect(absl::InfiniteDuration());
}

}  // namespace smon
