// The Submitter's thread, and what others do with it.

#include <chrono>
#include <optional>

#include "common/log.h"
#include "server/monitor/submitter.h"

namespace smon {
namespace {

// A turn reads what is due and stores a batch of answers, which takes as long
// as the disk does. Who takes longer hangs.
constexpr absl::Duration kLongestTurn = absl::Minutes(10);
// How late a turn may begin where many programs want the processor.
constexpr absl::Duration kLatestBegin = absl::Minutes(5);

}  // namespace

Submitter::~Submitter() { Stop(absl::ZeroDuration()); }

void Submitter::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Submitter::Stop(absl::Duration grace) {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(&inbox_->mu);
    inbox_->stopping = true;
    inbox_->changed.NotifyAll();
  }
  thread_.join();
  // From here on this thread is the one that calls Step().
  stopping_ = true;
  using std::chrono::steady_clock;  // whatever is done to the wall clock
  const auto deadline = steady_clock::now() + absl::ToChronoNanoseconds(grace);
  Step();
  while (!in_flight_.empty() && steady_clock::now() < deadline) {
    {
      MutexLock lock(&inbox_->mu);
      if (inbox_->completed.empty()) {
        inbox_->changed.WaitFor(
            &inbox_->mu, absl::FromChrono(deadline - steady_clock::now()));
      }
    }
    Step();
  }
  answers_.Stop();
  if (!unstored_.empty()) {
    LogError("answers could not be stored; these logs will be sent again",
             {{"answers", unstored_.size()}});
  }
}

void Submitter::Wake() {
  MutexLock lock(&inbox_->mu);
  inbox_->woken = true;
  inbox_->changed.NotifyAll();
}

void Submitter::Change(const Options& options) {
  MutexLock lock(&inbox_->mu);
  inbox_->change = options;
  inbox_->woken = true;
  inbox_->changed.NotifyAll();
}

void Submitter::TakeChange() {
  std::optional<Options> change;
  {
    MutexLock lock(&inbox_->mu);
    change.swap(inbox_->change);
  }
  if (!change.has_value()) return;
  options_.policy.log_wait = change->policy.log_wait;
  options_.policy.verdict_wait = change->policy.verdict_wait;
  options_.submit_rate = change->submit_rate;
  options_.result_rate = change->result_rate;
  submit_.lane.SetMaxRate(change->submit_rate, steady_now_);
  result_.lane.SetMaxRate(change->result_rate, steady_now_);
  shared_with_ = 0;
}

void Submitter::Loop() {
  for (;;) {
    heartbeat_.Expect(kLongestTurn);
    const absl::Duration nap = Step();
    heartbeat_.Expect(nap + kLatestBegin);
    MutexLock lock(&inbox_->mu);
    if (!inbox_->stopping && !inbox_->woken && inbox_->completed.empty() &&
        inbox_->probes.empty() && nap > absl::ZeroDuration()) {
      inbox_->changed.WaitFor(&inbox_->mu, nap);
    }
    if (inbox_->stopping) break;
  }
  heartbeat_.Expect(absl::InfiniteDuration());
}

}  // namespace smon
