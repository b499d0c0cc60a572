#include "server/monitor/submitter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/failpoint.h"
#include "common/log.h"
#include "common/utf8.h"
#include "server/monitor/delivery_log.h"
#include "server/monitor/tracking.h"

namespace smon {
namespace {

// How late an answer may come after the timeout of its request.
constexpr absl::Duration kLatestAnswer = absl::Minutes(5);
constexpr absl::Duration kLongestNap = absl::Seconds(30);
constexpr Backoff kStoreBackoff{absl::Seconds(1), absl::Seconds(30)};
// A clock that was set by less does no harm.
constexpr absl::Duration kLeastSetBy = absl::Seconds(10);
// Slots of the submit lane that running jobs may take: where attrsvc is slow,
// the others are left to those that have ended.
constexpr int kMostTracksInFlight = 4;
// In a shared Store, a replica claims what it can send within this time, and
// looks so often for what others have given back.
constexpr absl::Duration kClaimFor = absl::Seconds(2);
constexpr absl::Duration kSharedNap = absl::Seconds(1);
constexpr int kMostClaims = 64;

int ClaimsFor(double rate) {
  if (rate <= 0) return kMostClaims;
  const double claims = std::ceil(rate * absl::ToDoubleSeconds(kClaimFor));
  return static_cast<int>(std::clamp(claims, 2.0, double{kMostClaims}));
}

}  // namespace

Submitter::LaneState::LaneState(Store* store, Phase phase,
                                Lane::Options options, absl::Time now)
    : lane(std::move(options), now),
      due([=](absl::Time due_by,
              int limit) { return store->DueJobs(phase, due_by, limit); },
          [=] { return store->NextAttempt(phase); }) {}

Submitter::Submitter(Store* store, AttrsvcClient* client, const Clock* clock,
                     Random random, ComponentHealth* attrsvc_health,
                     ComponentHealth* store_health, Options options)
    : store_(store),
      replicas_(store->replicas()),
      client_(client),
      clock_(clock),
      random_(random),
      attrsvc_health_(attrsvc_health),
      store_health_(store_health),
      options_(std::move(options)),
      heartbeat_(clock),
      answers_(clock, options_.request_timeout + kLatestAnswer),
      now_(clock->Now()),
      monotonic_(clock->Monotonic()),
      submit_(store, Phase::kPending,
              {"submit", options_.submit_rate, options_.max_submits_in_flight},
              now_),
      result_(store, Phase::kSubmitted,
              {"result", options_.result_rate, options_.max_results_in_flight},
              now_),
      to_track_(
          [store](absl::Time due_by, int limit) {
            return store->DueTracking(due_by, limit);
          },
          // None of them is in a hurry.
          [] { return absl::InfiniteFuture(); }),
      breaker_(random) {
  Publish();
}

void Submitter::ReadClock() {
  const absl::Time now = clock_->Now();
  const absl::Duration monotonic = clock_->Monotonic();
  const absl::Duration passed = monotonic - monotonic_;
  const absl::Duration set_by = now - now_ - passed;
  now_ = now;
  monotonic_ = monotonic;
  steady_now_ += passed;
  if (absl::AbsDuration(set_by) < kLeastSetBy) return;
  LogWarning("the clock was set", {{"by", absl::FormatDuration(set_by)}});
  moved_ += set_by;
  to_move_ += set_by;
  for (DeliveryChange& change : unstored_) {
    MoveDelivery(set_by, &change.delivery);
  }
}

bool Submitter::MoveDeliveries() {
  if (to_move_ == absl::ZeroDuration()) return true;
  if (!stopping_ && steady_now_ < store_retry_at_) return false;
  if (!NoteStored(store_->MoveDeliveries(to_move_, now_))) return false;
  to_move_ = absl::ZeroDuration();
  for (DueQueue* queue : {&submit_.due, &result_.due}) queue->Clear();
  return true;
}

absl::Duration Submitter::Step() {
  ReadClock();
  TakeChange();
  analysis_time_.SetQuestionsBlock(client_->QuestionsBlock());
  Collect();
  // In this order: what is not stored has been moved already.
  ShareWithReplicas();
  if (MoveDeliveries() && CommitAnswers() && !stopping_ && MaySend()) {
    Dispatch(Kind::kSubmit, &submit_);
    // Not to find out whether attrsvc is back: that would hold up all else for
    // as long as an analysis takes.
    if (!breaker_.open()) Dispatch(Kind::kResult, &result_);
    if (options_.track_running && !breaker_.open()) DispatchTracking();
    ProbeIfDue();
  }
  if (breaker_.open() || !MaySend()) GiveBack();
  Publish();
  return UntilNextTurn();
}

bool Submitter::MaySend() const {
  return replicas_->number() == claimed_as_ && replicas_->MaySend();
}

bool Submitter::MaySendNow(Kind kind) const {
  if (kind == Kind::kResult) {
    SMON_FAILPOINT("result.before_send");
  } else {
    SMON_FAILPOINT("submit.before_send");
  }
  // Last of all: to claim, or whatever stopped this process since, may have
  // taken longer than a replica lives without a word.
  return MaySend();
}

void Submitter::ShareWithReplicas() {
  if (!replicas_->shared()) return;
  if (const int64_t number = replicas_->number(); number != claimed_as_) {
    claimed_as_ = number;
    for (DueQueue* queue : {&submit_.due, &result_.due, &to_track_}) {
      queue->Clear();
    }
  }
  if (replicas_->live() == shared_with_) return;
  shared_with_ = replicas_->live();
  for (LaneState* state : {&submit_, &result_}) {
    const double all =
        state == &submit_ ? options_.submit_rate : options_.result_rate;
    state->lane.SetMaxRate(all / shared_with_, steady_now_);
    state->due.ShareWithOthers(ClaimsFor(all / shared_with_), kSharedNap);
  }
  to_track_.ShareWithOthers(kMostTracksInFlight, kSharedNap);
}

void Submitter::GiveBack() {
  if (!replicas_->shared()) return;
  for (DueQueue* queue : {&submit_.due, &result_.due, &to_track_}) {
    queue->Clear();
  }
  if (has_given_back_) return;
  // When it fails, they are free once this replica is taken for dead.
  has_given_back_ =
      store_->ReleaseClaims({in_flight_.begin(), in_flight_.end()}).ok();
}

void Submitter::Collect() {
  std::deque<Completed> completed;
  std::deque<Answer> probes;
  bool woken = false;
  {
    MutexLock lock(&inbox_->mu);
    completed.swap(inbox_->completed);
    probes.swap(inbox_->probes);
    std::swap(woken, inbox_->woken);
  }
  answers_.OnAnswered(completed.size() + probes.size());
  if (woken) {
    // What was read ahead may have been resubmitted, or may have ended.
    for (DueQueue* queue : {&submit_.due, &result_.due, &to_track_}) {
      queue->Clear();
    }
  }
  for (Completed& done : completed) {
    MoveDelivery(moved_ - done.moved, &done.job.delivery);
    Note(done);
  }
  for (const Answer& probe : probes) {
    probing_ = false;
    NoteContact(probe);
    attrsvc_health_->Report(probe.kind == AnswerKind::kAccepted
                                ? absl::OkStatus()
                                : absl::UnavailableError(probe.error));
  }
}

void Submitter::NoteContact(const Answer& answer) {
  last_contact_ = steady_now_;
  if (answer.kind == AnswerKind::kUnavailable) {
    breaker_.OnUnavailable(steady_now_);
  } else {
    breaker_.OnAnswered();
  }
}

void Submitter::Note(const Completed& done) {
  const Answer& answer = done.answer;
  LaneState& state = done.kind == Kind::kResult ? result_ : submit_;
  state.lane.Release();
  Count(answer);
  NoteContact(answer);
  attrsvc_health_->Report(answer.kind == AnswerKind::kUnavailable
                              ? absl::UnavailableError(answer.error)
                              : absl::OkStatus());
  if (answer.kind == AnswerKind::kRateLimited) {
    state.lane.OnRateLimited(steady_now_, answer.retry_after);
  } else if (answer.kind != AnswerKind::kUnavailable) {
    state.lane.OnAnswered(steady_now_);
  }
  if (done.kind == Kind::kSubmit) NoteSubmission(done);
  if (done.kind == Kind::kResult) NoteResult(done);
  if (done.kind == Kind::kTrack) NoteTracking(done);
  unstored_.back().claim = done.claim;
}

void Submitter::NoteSubmission(const Completed& done) {
  unstored_.push_back(AfterSubmit(done.job, done.answer, options_.policy,
                                  analysis_time_, now_, random_));
  CountDelivery(done.job.cluster, [&](Deliveries* all) {
    all->logs_submitted += done.job.delivery.submit_attempts == 0;
    all->logs_accepted += unstored_.back().delivery.phase == Phase::kSubmitted;
  });
}

void Submitter::NoteResult(const Completed& done) {
  const bool is_verdict = done.answer.kind == AnswerKind::kVerdict;
  const Delivery& asked = done.job.delivery;
  // Where attrsvc did not see the file, there is no analysis yet.
  if (asked.result_attempts == 0 && asked.problem == PathProblem::kNone &&
      (is_verdict || done.answer.kind == AnswerKind::kInProgress)) {
    analysis_time_.OnFirstAnswer(now_ - asked.submitted_at, is_verdict);
  }
  unstored_.push_back(AfterResult(done.job, done.answer, options_.policy,
                                  analysis_time_, now_, random_));
}

void Submitter::NoteTracking(const Completed& done) {
  --tracks_in_flight_;
  unstored_.push_back(AfterTracking(done.job, done.answer, now_, random_));
  if (done.answer.kind != AnswerKind::kAccepted) return;
  CountDelivery(done.job.cluster, [](Deliveries* all) { ++all->logs_tracked; });
}

bool Submitter::CommitAnswers() {
  if (unstored_.empty()) return true;
  if (!stopping_ && steady_now_ < store_retry_at_) return false;
  SMON_FAILPOINT("answers.before_commit");
  const auto written = store_->CommitDeliveries(unstored_);
  if (absl::IsAborted(written.status())) {
    DropAnswers();
    return true;
  }
  if (!NoteStored(written.status())) return false;
  SMON_FAILPOINT("answers.after_commit");
  for (size_t i = 0; i < unstored_.size(); ++i) {
    const DeliveryChange& change = unstored_[i];
    in_flight_.erase(change.job);
    if (!(*written)[i]) continue;  // the log was resubmitted meanwhile
    if (change.verdict.has_value()) {
      CountDelivery(change.cluster, [&](Deliveries* all) {
        ++all->verdicts;
        ++all->verdicts_by_action[change.verdict->action];
      });
    }
    LogDelivery(change);
  }
  unstored_.clear();
  submit_.due.LookAgain();
  result_.due.LookAgain();
  return true;
}

void Submitter::DropAnswers() {
  LogWarning("answers dropped, as this replica was taken for dead",
             {{"answers", unstored_.size()}});
  for (const DeliveryChange& change : unstored_) in_flight_.erase(change.job);
  unstored_.clear();
  for (DueQueue* queue : {&submit_.due, &result_.due, &to_track_}) {
    queue->Clear();
  }
}

bool Submitter::NoteStored(const absl::Status& status) {
  store_health_->Report(status);
  if (status.ok()) {
    store_failures_ = 0;
    return true;
  }
  ++store_failures_;
  store_retry_at_ = steady_now_ + kStoreBackoff.Wait(store_failures_, random_);
  LogError("cannot store answers of attrsvc; will try again",
           {{"answers", unstored_.size()}, {"error", status.message()}});
  return false;
}

bool Submitter::Fill(DueQueue* queue) {
  const absl::Status status = queue->Fill(now_, steady_now_, in_flight_);
  has_given_back_ = false;
  if (!status.ok() && !absl::IsAborted(status)) {
    store_health_->Report(status);
    LogError("cannot read due jobs; will try again",
             {{"error", status.message()}});
  }
  return !queue->empty();
}

void Submitter::Dispatch(Kind kind, LaneState* state) {
  while (state->lane.free_slots() > 0 &&
         state->lane.NextTurn(steady_now_) <= steady_now_) {
    if (steady_now_ < breaker_.NextTurn(steady_now_)) return;
    if (!Fill(&state->due) || !MaySendNow(kind)) return;
    if (!state->lane.TryAcquire(steady_now_)) return;
    breaker_.OnSent(steady_now_);
    Send(kind, state->due.Take());
    // It may be a job that is at hand as one that runs. Registered only now, it
    // would count as running for good.
    if (kind == Kind::kSubmit) to_track_.Clear();
  }
}

void Submitter::DispatchTracking() {
  while (submit_.due.empty() && NextTracking() <= steady_now_) {
    if (!Fill(&to_track_) || !MaySendNow(Kind::kTrack) ||
        !submit_.lane.TryAcquireSpare(steady_now_)) {
      return;
    }
    ++tracks_in_flight_;
    Send(Kind::kTrack, to_track_.Take());
  }
}

absl::Time Submitter::NextTracking() const {
  if (tracks_in_flight_ >= kMostTracksInFlight) return absl::InfiniteFuture();
  const absl::Time work =
      to_track_.empty() ? to_track_.NextLook() : steady_now_;
  return std::max(work, submit_.lane.NextSpareTurn(steady_now_));
}

void Submitter::Send(Kind kind, const Job& job) {
  LaneState& state = kind == Kind::kResult ? result_ : submit_;
  ++state.requests;
  answers_.OnSent();
  const int before = kind == Kind::kSubmit   ? job.delivery.submit_attempts
                     : kind == Kind::kResult ? job.delivery.result_attempts
                                             : job.tracking.attempts;
  if (before > 0) ++state.retries;
  in_flight_.insert(job.id);
  auto done = [inbox = inbox_, kind, job, moved = moved_,
               claim = claimed_as_](Answer answer) {
    if (kind == Kind::kResult) {
      SMON_FAILPOINT("result.answered");
    } else {
      SMON_FAILPOINT("submit.answered");
    }
    MutexLock lock(&inbox->mu);
    inbox->completed.push_back({kind, job, std::move(answer), moved, claim});
    inbox->changed.NotifyAll();
  };
  if (kind == Kind::kResult) {
    client_->GetResult(job.log.path, std::move(done));
    SMON_FAILPOINT("result.after_send");
  } else {
    client_->Submit({job.log.path, BytesToText(job.record.user),
                     job.record.job_id, kind == Kind::kTrack},
                    std::move(done));
    SMON_FAILPOINT("submit.after_send");
  }
}

absl::Time Submitter::NextProbe() const {
  if (probing_) return absl::InfiniteFuture();
  return breaker_.open() ? breaker_.NextTurn(steady_now_)
                         : last_contact_ + options_.probe_interval;
}

void Submitter::ProbeIfDue() {
  if (steady_now_ < NextProbe()) return;
  probing_ = true;
  answers_.OnSent();
  breaker_.OnSent(steady_now_);
  client_->Probe([inbox = inbox_](Answer answer) {
    MutexLock lock(&inbox->mu);
    inbox->probes.push_back(std::move(answer));
    inbox->changed.NotifyAll();
  });
}

absl::Duration Submitter::UntilNextTurn() const {
  if (!unstored_.empty() || to_move_ != absl::ZeroDuration()) {
    return std::max(store_retry_at_ - steady_now_, absl::ZeroDuration());
  }
  {
    MutexLock lock(&inbox_->mu);
    if (!inbox_->completed.empty() || !inbox_->probes.empty()) {
      return absl::ZeroDuration();
    }
  }
  if (!MaySend()) return kSharedNap;
  absl::Time next = std::min(steady_now_ + kLongestNap, NextProbe());
  for (const LaneState* state : {&submit_, &result_}) {
    if (state == &result_ && breaker_.open()) continue;
    const absl::Time work =
        state->due.empty() ? state->due.NextLook() : steady_now_;
    const absl::Time turn = std::max({work, state->lane.NextTurn(steady_now_),
                                      breaker_.NextTurn(steady_now_)});
    next = std::min(next, turn);
  }
  if (options_.track_running && !breaker_.open()) {
    next = std::min(next, NextTracking());
  }
  return std::max(next - steady_now_, absl::Milliseconds(1));
}

}  // namespace smon
