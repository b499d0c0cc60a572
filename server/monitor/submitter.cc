#include "server/monitor/submitter.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "common/failpoint.h"
#include "common/log.h"
#include "common/utf8.h"

namespace smon {
namespace {

// The Store may hold due work that this process does not know of (a restored
// backup, a clock that was set): look at least this often.
constexpr absl::Duration kLongestNap = absl::Seconds(30);
constexpr Backoff kStoreBackoff{absl::Seconds(1), absl::Seconds(30)};
// Jobs read ahead from the Store for a lane.
constexpr int kReadAhead = 64;

// Logs that attrsvc may not read are to be expected where all users are
// watched, and so are jobs that print nothing.
bool IsWorthAWarning(const Delivery& delivery) {
  return delivery.problem != PathProblem::kPermissionDenied &&
         delivery.problem != PathProblem::kFileEmpty;
}

}  // namespace

Submitter::Submitter(Store* store, AttrsvcClient* client, const Clock* clock,
                     Random random, ComponentHealth* attrsvc_health,
                     ComponentHealth* store_health, Options options)
    : store_(store),
      client_(client),
      clock_(clock),
      random_(random),
      attrsvc_health_(attrsvc_health),
      store_health_(store_health),
      options_(std::move(options)),
      submit_(Phase::kPending,
              {"submit", options_.submit_rate, options_.max_submits_in_flight},
              clock->Now()),
      result_(Phase::kSubmitted,
              {"result", options_.result_rate, options_.max_results_in_flight},
              clock->Now()),
      breaker_(random) {
  Publish();
}

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

void Submitter::Loop() {
  for (;;) {
    const absl::Duration nap = Step();
    MutexLock lock(&inbox_->mu);
    if (!inbox_->stopping && !inbox_->woken && inbox_->completed.empty() &&
        inbox_->probes.empty() && nap > absl::ZeroDuration()) {
      inbox_->changed.WaitFor(&inbox_->mu, nap);
    }
    if (inbox_->stopping) return;
    if (inbox_->woken) {
      inbox_->woken = false;
      // What was read ahead may have been resubmitted meanwhile.
      submit_.due.clear();
      result_.due.clear();
      submit_.next_attempt = result_.next_attempt = absl::InfinitePast();
    }
  }
}

absl::Duration Submitter::Step() {
  Collect();
  const bool stored = CommitAnswers();
  const absl::Time now = clock_->Now();
  if (stored && !stopping_) {
    Dispatch(Kind::kSubmit, &submit_, now);
    Dispatch(Kind::kResult, &result_, now);
    ProbeIfQuiet(now);
  }
  Publish();
  return UntilNextTurn(now);
}

void Submitter::Collect() {
  std::deque<Completed> completed;
  std::deque<Answer> probes;
  {
    MutexLock lock(&inbox_->mu);
    completed.swap(inbox_->completed);
    probes.swap(inbox_->probes);
  }
  const absl::Time now = clock_->Now();
  for (const Completed& done : completed) Note(done, now);
  for (const Answer& probe : probes) {
    probing_ = false;
    last_contact_ = now;
    if (probe.kind == AnswerKind::kUnavailable) {
      breaker_.OnUnavailable(now);
    } else {
      breaker_.OnAnswered();
    }
    attrsvc_health_->Report(probe.kind == AnswerKind::kAccepted
                                ? absl::OkStatus()
                                : absl::UnavailableError(probe.error));
  }
}

void Submitter::Note(const Completed& done, absl::Time now) {
  LaneState& state = done.kind == Kind::kSubmit ? submit_ : result_;
  state.lane.Release();
  Count(done.answer);
  last_contact_ = now;
  switch (done.answer.kind) {
    case AnswerKind::kUnavailable:
      breaker_.OnUnavailable(now);
      attrsvc_health_->Report(absl::UnavailableError(done.answer.error));
      break;
    case AnswerKind::kRateLimited:
      breaker_.OnAnswered();
      state.lane.OnRateLimited(now, done.answer.retry_after);
      attrsvc_health_->Report(absl::OkStatus());
      break;
    default:
      breaker_.OnAnswered();
      state.lane.OnAnswered(now);
      attrsvc_health_->Report(absl::OkStatus());
  }
  const bool submit = done.kind == Kind::kSubmit;
  unstored_.push_back(
      submit
          ? AfterSubmit(done.job, done.answer, options_.policy, now, random_)
          : AfterResult(done.job, done.answer, options_.policy, now, random_));
  const Delivery& delivery = unstored_.back().delivery;
  if (submit && done.job.delivery.submit_attempts == 0) {
    ++totals_.logs_submitted;
  }
  if (submit && delivery.phase == Phase::kSubmitted) ++totals_.logs_accepted;
  if (delivery.phase == Phase::kCompleted) ++totals_.verdicts;
}

void Submitter::Count(const Answer& answer) {
  if (answer.http_status == 0) {
    // Otherwise the analysis runs, and the answer is held back till its end.
    if (answer.kind == AnswerKind::kUnavailable) ++totals_.unavailable;
  } else if (answer.http_status == 429) {
    ++totals_.rate_limited;
  } else if (answer.http_status >= 500) {
    ++totals_.server_errors;
  } else if (answer.http_status >= 400) {
    ++totals_.client_errors;
  }
}

bool Submitter::CommitAnswers() {
  if (unstored_.empty()) return true;
  const absl::Time now = clock_->Now();
  if (!stopping_ && now < store_retry_at_) return false;
  SMON_FAILPOINT("answers.before_commit");
  const absl::Status status = store_->CommitDeliveries(unstored_);
  store_health_->Report(status);
  if (!status.ok()) {
    ++store_failures_;
    store_retry_at_ = now + kStoreBackoff.Wait(store_failures_, random_);
    LogError("cannot store answers of attrsvc; will try again",
             {{"answers", unstored_.size()}, {"error", status.message()}});
    return false;
  }
  SMON_FAILPOINT("answers.after_commit");
  store_failures_ = 0;
  for (const DeliveryChange& change : unstored_) {
    in_flight_.erase(change.job);
    const Delivery& delivery = change.delivery;
    if (change.verdict.has_value()) {
      LogInfo("verdict", {{"job_id", change.job_id},
                          {"action", change.verdict->action_text},
                          {"reason", change.verdict->reason},
                          {"source", change.verdict->source}});
    } else if (delivery.phase == Phase::kRejected &&
               IsWorthAWarning(delivery)) {
      LogWarning("log rejected",
                 {{"job_id", change.job_id}, {"error", delivery.error}});
    } else {
      LogDebug("answer", {{"job_id", change.job_id}, {"what", change.history}});
    }
  }
  unstored_.clear();
  submit_.next_attempt = result_.next_attempt = absl::InfinitePast();
  return true;
}

absl::Status Submitter::Fill(LaneState* state, absl::Time now) {
  if (!state->due.empty() || now < state->next_attempt) {
    return absl::OkStatus();
  }
  // Jobs in flight are still due as far as the Store knows.
  const int limit = kReadAhead + static_cast<int>(in_flight_.size());
  auto due = store_->DueJobs(state->phase, now, limit);
  if (!due.ok()) return due.status();
  const bool more = static_cast<int>(due->size()) == limit;
  for (Job& job : *due) {
    if (!in_flight_.contains(job.id)) state->due.push_back(std::move(job));
  }
  if (more || !state->due.empty()) return absl::OkStatus();
  auto next = store_->NextAttempt(state->phase);
  if (!next.ok()) return next.status();
  // What is due and not in the list is in flight, and comes back by itself.
  state->next_attempt = now + kLongestNap;
  if (*next > now) {
    state->next_attempt = std::min(*next, state->next_attempt);
  }
  return absl::OkStatus();
}

void Submitter::Dispatch(Kind kind, LaneState* state, absl::Time now) {
  while (state->lane.free_slots() > 0 && state->lane.NextTurn(now) <= now) {
    if (const absl::Status status = Fill(state, now); !status.ok()) {
      store_health_->Report(status);
      state->next_attempt = now + kStoreBackoff.maximum;
      LogError(
          "cannot read due jobs; will try again",
          {{"lane", state->lane.options().name}, {"error", status.message()}});
      return;
    }
    if (state->due.empty() || now < breaker_.NextTurn(now)) return;
    if (!state->lane.TryAcquire(now)) return;
    breaker_.OnSent(now);
    const Job job = std::move(state->due.front());
    state->due.pop_front();
    Send(kind, job);
  }
}

void Submitter::Send(Kind kind, const Job& job) {
  LaneState& state = kind == Kind::kSubmit ? submit_ : result_;
  ++state.requests;
  const int before = kind == Kind::kSubmit ? job.delivery.submit_attempts
                                           : job.delivery.result_attempts;
  if (before > 0) ++state.retries;
  in_flight_.insert(job.id);
  auto done = [inbox = inbox_, kind, job](Answer answer) {
    if (kind == Kind::kSubmit) {
      SMON_FAILPOINT("submit.answered");
    } else {
      SMON_FAILPOINT("result.answered");
    }
    MutexLock lock(&inbox->mu);
    inbox->completed.push_back({kind, job, std::move(answer)});
    inbox->changed.NotifyAll();
  };
  if (kind == Kind::kSubmit) {
    SMON_FAILPOINT("submit.before_send");
    client_->Submit(
        {job.log.path, BytesToText(job.record.user), job.record.job_id},
        std::move(done));
    SMON_FAILPOINT("submit.after_send");
  } else {
    SMON_FAILPOINT("result.before_send");
    client_->GetResult(job.log.path, std::move(done));
    SMON_FAILPOINT("result.after_send");
  }
}

void Submitter::ProbeIfQuiet(absl::Time now) {
  if (probing_ || now - last_contact_ < options_.probe_interval) return;
  probing_ = true;
  breaker_.OnSent(now);
  client_->Probe([inbox = inbox_](Answer answer) {
    MutexLock lock(&inbox->mu);
    inbox->probes.push_back(std::move(answer));
    inbox->changed.NotifyAll();
  });
}

absl::Duration Submitter::UntilNextTurn(absl::Time now) const {
  if (!unstored_.empty()) {
    return std::max(store_retry_at_ - now, absl::ZeroDuration());
  }
  {
    MutexLock lock(&inbox_->mu);
    if (!inbox_->completed.empty() || !inbox_->probes.empty()) {
      return absl::ZeroDuration();
    }
  }
  absl::Time next = now + kLongestNap;
  if (!probing_) next = std::min(next, last_contact_ + options_.probe_interval);
  for (const LaneState* state : {&submit_, &result_}) {
    const absl::Time work = state->due.empty() ? state->next_attempt : now;
    const absl::Time turn =
        std::max({work, state->lane.NextTurn(now), breaker_.NextTurn(now)});
    next = std::min(next, turn);
  }
  return std::max(next - now, absl::Milliseconds(1));
}

Submitter::Totals Submitter::totals() const {
  MutexLock lock(&published_mu_);
  return published_totals_;
}

std::vector<Submitter::LaneStats> Submitter::lanes() const {
  MutexLock lock(&published_mu_);
  return published_lanes_;
}

void Submitter::Publish() {
  std::vector<LaneStats> lanes;
  for (const LaneState* state : {&submit_, &result_}) {
    lanes.push_back({state->lane.options().name, state->lane.rate(),
                     state->lane.options().max_rate, state->lane.in_flight(),
                     state->requests, state->retries});
  }
  MutexLock lock(&published_mu_);
  published_totals_ = totals_;
  published_lanes_ = std::move(lanes);
}

}  // namespace smon
