// The Poller's thread, and when it polls.

#include <algorithm>

#include "common/log.h"
#include "common/utf8.h"
#include "server/monitor/poller.h"

namespace smon {
namespace {

// How late a poll may begin where many programs want the processor.
constexpr absl::Duration kLatestBegin = absl::Minutes(5);
// A replica that does not poll looks so often whether it is to.
constexpr absl::Duration kRoleWait = absl::Seconds(1);

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

bool Poller::IsMine() const {
  const auto token = store_->replicas()->PollToken(options_.cluster);
  return token.has_value() && token == token_;
}

bool Poller::AwaitRole() {
  for (;;) {
    if (IsMine()) return true;
    const bool was_mine = token_.has_value();
    token_.reset();
    if (store_->replicas()->PollToken(options_.cluster).has_value()) {
      ExpectWork();
      const absl::Status status = Load();
      ReportStore(status);
      if (status.ok()) {
        handover_.Taken();
        return true;
      }
      if (!absl::IsAborted(status)) {
        LogWarning("cannot read where the last poll stopped; will try again",
                   {{"error", status.message()}});
      }
      token_.reset();
    } else if (was_mine) {
      LogWarning("this replica does not poll the cluster any more",
                 {{"cluster", ToPrintable(options_.cluster)}});
      ForgetJobs();
    }
    {
      MutexLock lock(&totals_mu_);
      totals_.next_poll = absl::InfiniteFuture();
    }
    if (!Nap()) return false;
  }
}

bool Poller::Nap() {
  heartbeat_.Expect(kRoleWait + kLatestBegin);
  MutexLock lock(&mu_);
  if (!stopping_) changed_.WaitFor(&mu_, kRoleWait);
  return !stopping_;
}

void Poller::RolesChanged() {
  MutexLock lock(&mu_);
  changed_.NotifyAll();
}

void Poller::Loop() {
  while (AwaitRole()) {
    const absl::Duration start = clock_->Monotonic();
    const absl::Duration slurm_before = Commands().total;
    const absl::Status status = PollOnce();
    if (absl::IsAborted(status)) {
      token_.reset();  // what is known may not be what is stored
      Nap();
      continue;
    }
    LeaveToOthersIfSlurmIsAway();
    PollPace::Poll poll;
    poll.ok = status.ok();
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

void Poller::LeaveToOthersIfSlurmIsAway() {
  if (absl::IsCancelled(slurm_answer_)) return;  // by Stop()
  Replicas* const replicas = store_->replicas();
  if (!slurm_answer_.ok() && replicas->live() < 2) return;
  const std::optional<absl::Duration> rest =
      handover_.AfterPoll(slurm_answer_.ok(), clock_->Monotonic());
  if (!rest.has_value()) return;
  LogWarning("Slurm does not answer; leaving the cluster to other replicas",
             {{"cluster", ToPrintable(options_.cluster)},
              {"for", absl::FormatDuration(*rest)}});
  replicas->LeaveToOthers(options_.cluster, *rest);
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
        if (!IsMine()) return true;
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
