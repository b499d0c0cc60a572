// The Poller's thread, and when it polls.

#include <algorithm>

#include "server/monitor/poller.h"

namespace smon {
namespace {

// How late a poll may begin where many programs want the processor.
constexpr absl::Duration kLatestBegin = absl::Minutes(5);

// A poll that is brought forward leaves Slurm alone for so long for each second
// that the last one took.
constexpr int kPause = 9;

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
    const absl::Duration start = clock_->Monotonic();
    const absl::Duration slurm_before = Commands().total;
    PollPace::Poll poll;
    poll.ok = PollOnce().ok();
    poll.has_more = has_more_;
    poll.slurm_time = Commands().total - slurm_before;
    const absl::Duration next = start + pace_.After(poll, random_);
    {
      MutexLock lock(&totals_mu_);
      totals_.interval = pace_.current_interval();
      totals_.next_poll = clock_->Now() + (next - clock_->Monotonic());
    }
    ExpectPollAt(next);
    const absl::Duration soonest =
        clock_->Monotonic() + kPause * poll.slurm_time;
    if (!AwaitNextPoll(next, soonest)) break;
  }
  heartbeat_.Expect(absl::InfiniteDuration());
}

void Poller::Notify(const slurm::JobId& id) {
  MutexLock lock(&mu_);
  if (!notices_.Add(id, clock_->Monotonic())) poll_soon_ = true;
  changed_.NotifyAll();
}

void Poller::Change(const Options& options) {
  MutexLock lock(&mu_);
  change_ = options;
  poll_soon_ = true;
  changed_.NotifyAll();
}

void Poller::TakeChange() {
  std::optional<Options> change;
  {
    MutexLock lock(&mu_);
    change.swap(change_);
  }
  if (!change.has_value()) return;
  pace_.SetInterval(change->interval);
  longest_interval_ = std::max(longest_interval_, change->interval);
  retention_.SetOptions(change->retention);
}

void Poller::ExpectPollAt(absl::Duration next) {
  heartbeat_.Expect(next - clock_->Monotonic() + kLatestBegin);
}

bool Poller::AwaitNextPoll(absl::Duration next, absl::Duration soonest) {
  for (;;) {
    {
      MutexLock lock(&mu_);
      for (;;) {
        if (stopping_) return false;
        const absl::Duration now = clock_->Monotonic();
        const absl::Duration poll = poll_soon_ ? std::min(next, soonest) : next;
        if (now >= poll) {
          poll_soon_ = false;
          return true;
        }
        const absl::Duration look = notices_.NextLook();
        if (now >= look) break;
        changed_.WaitFor(&mu_, std::min(poll, look) - now);
      }
    }
    ExpectWork();
    LookOnce().IgnoreError();  // it is logged and counted
    ExpectPollAt(next);
  }
}

}  // namespace smon
