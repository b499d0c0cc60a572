#include "server/monitor/delivery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

// The file is not there yet; NFS attribute caches lag up to a minute.
constexpr Backoff kNotVisibleBackoff{absl::Seconds(2), absl::Seconds(60)};
// attrsvc is there but cannot take more.
constexpr Backoff kBusyBackoff{absl::Seconds(5), absl::Minutes(5)};
// attrsvc is away: the circuit breaker decides when requests go out, so this
// only spreads them.
constexpr Backoff kUnavailableBackoff{absl::Seconds(2), absl::Seconds(10)};
// attrsvc, or what stands before it, answers that it failed, or so that it
// cannot be read. It may be this one log that it cannot bear.
constexpr Backoff kFailedBackoff{absl::Seconds(2), absl::Minutes(5)};
// How often a log that attrsvc does not know when asked late is sent again.
constexpr int kMostRounds = 10;

std::string Describe(absl::string_view request, const Answer& answer) {
  if (!answer.error.empty()) return absl::StrCat(request, ": ", answer.error);
  return absl::StrCat(request, ": attrsvc answered ", answer.http_status,
                      answer.mode.empty() ? "" : ", mode ", answer.mode);
}

void TryAgain(const Backoff& backoff, int failures, const Answer& answer,
              absl::Time now, const Random& random, Delivery* delivery) {
  absl::Duration wait = backoff.Wait(std::max(failures, 1), random);
  if (answer.retry_after.has_value()) {
    wait = std::max(wait, *answer.retry_after);
  }
  delivery->next_attempt = now + wait;
  delivery->error = answer.error;
}

void End(Phase phase, PathProblem problem, std::string error,
         Delivery* delivery) {
  delivery->phase = phase;
  delivery->problem = problem;
  delivery->next_attempt = absl::InfiniteFuture();
  delivery->error = std::move(error);
}

// The end of a log that attrsvc refused for good.
void Reject(const Answer& answer, Delivery* delivery) {
  End(Phase::kRejected,
      answer.problem == PathProblem::kNone ? PathProblem::kOther
                                           : answer.problem,
      answer.error, delivery);
}

// The end of a log that was tried for `wait`. What is wrong with it may have
// been told by an earlier answer: one that takes the log as PENDING tells
// nothing.
void GiveUp(const Answer& answer, absl::Duration wait, Delivery* delivery) {
  PathProblem problem = answer.problem;
  if (problem == PathProblem::kNone) problem = delivery->problem;
  if (problem == PathProblem::kNone) problem = PathProblem::kNotFound;
  End(Phase::kRejected, problem,
      absl::StrCat(problem == PathProblem::kFileEmpty
                       ? "the log is empty"
                       : "attrsvc does not see the log",
                   "; gave up after ", absl::FormatDuration(wait),
                   answer.error.empty() ? "" : ": ", answer.error),
      delivery);
}

// Whether a log that attrsvc cannot see was tried for long enough. That counts
// from the first answer which said so, and without the time since the request
// was due: a log that waits for its turn, or for attrsvc to come back, is not
// being tried, and the clock may have been set ahead.
bool IsOutOfBudget(const Answer& answer, const DeliveryPolicy& policy,
                   absl::Time now, Delivery* delivery) {
  if (delivery->problem == PathProblem::kNone) {
    delivery->problem = PathProblem::kNotFound;
    delivery->pending_since = now;
  } else {
    delivery->pending_since +=
        std::max(now - delivery->next_attempt, absl::ZeroDuration());
  }
  if (answer.problem != PathProblem::kNone) delivery->problem = answer.problem;
  return now - delivery->pending_since >= policy.log_wait;
}

// attrsvc answered, but with nothing that it should: what is not JSON, breaks
// off, never ends. Where it is about one log, it is so for ever.
bool IsUnreadable(const Answer& answer) {
  return answer.kind == AnswerKind::kUnavailable && answer.http_status >= 200 &&
         answer.http_status < 300;
}

// What both kinds of requests have in common. False when the answer means
// something of its own to the caller.
bool ApplyCommon(const Answer& answer, int attempts, absl::Time now,
                 const Random& random, Delivery* delivery) {
  switch (answer.kind) {
    case AnswerKind::kRejected:
      Reject(answer, delivery);
      return true;
    case AnswerKind::kRateLimited:
    case AnswerKind::kBusy:
      TryAgain(kBusyBackoff, attempts, answer, now, random, delivery);
      return true;
    case AnswerKind::kUnavailable:
      TryAgain(answer.http_status == 0 ? kUnavailableBackoff : kFailedBackoff,
               attempts, answer, now, random, delivery);
      return true;
    default:
      return false;
  }
}

// attrsvc cannot see the log yet, or finds it empty.
void AwaitLog(int attempts, const Answer& answer, const DeliveryPolicy& policy,
              absl::Time now, const Random& random, Delivery* delivery) {
  if (IsOutOfBudget(answer, policy, now, delivery)) {
    GiveUp(answer, policy.log_wait, delivery);
  } else {
    TryAgain(kNotVisibleBackoff, attempts, answer, now, random, delivery);
  }
}

void SubmitAgain(const Answer& answer, absl::Time now, const Random& random,
                 Delivery* delivery) {
  delivery->phase = Phase::kPending;
  TryAgain(kNotVisibleBackoff, delivery->submit_attempts, answer, now, random,
           delivery);
}

// Asked for a verdict, attrsvc does not know the log. Either it never saw the
// file, or it was restarted and forgot. The second gets a new budget: it says
// nothing about the file. But where questions wait for their turn that long,
// the first looks the same, and is cut short by the number of attempts. Those
// say nothing where the log was taken once only: an outage makes many.
void AfterUnknownLog(const Answer& answer, const DeliveryPolicy& policy,
                     absl::Time now, const Random& random, Delivery* delivery) {
  const bool was_taken_once = delivery->pending_since >= delivery->submitted_at;
  if (was_taken_once || (now - delivery->submitted_at >= policy.log_wait &&
                         delivery->submit_attempts < kMostRounds)) {
    delivery->pending_since = now;
  }
  if (now - delivery->pending_since >= policy.log_wait) {
    GiveUp(answer, policy.log_wait, delivery);
  } else {
    SubmitAgain(answer, now, random, delivery);
  }
}

void Expire(const Answer& answer, const DeliveryPolicy& policy,
            Delivery* delivery) {
  End(Phase::kExpired, PathProblem::kNoVerdict,
      absl::StrCat("no verdict within ",
                   absl::FormatDuration(policy.verdict_wait),
                   answer.error.empty() ? "" : ": ", answer.error),
      delivery);
}

void Complete(const Answer& answer, absl::Time now, DeliveryChange* change) {
  Delivery& delivery = change->delivery;
  delivery.phase = Phase::kCompleted;
  delivery.problem = PathProblem::kNone;
  delivery.next_attempt = absl::InfiniteFuture();
  delivery.error.clear();
  change->verdict = answer.verdict;
  change->verdict->fetched_at = now;
  change->answer = answer.body;
  change->history = absl::StrCat("verdict: ", answer.verdict->action_text, ", ",
                                 answer.verdict->reason);
}

// What both requests' changes begin with.
DeliveryChange ChangeOf(const Job& job, absl::string_view request,
                        const Answer& answer) {
  DeliveryChange change;
  change.job = job.id;
  change.job_id = job.record.job_id;
  change.cluster = job.cluster;
  change.history = Describe(request, answer);
  change.http_status = answer.http_status;
  change.delivery = job.delivery;
  return change;
}

}  // namespace

Delivery StartDelivery(const slurm::LogPath& log, absl::Time now) {
  Delivery delivery;
  if (log.path.empty()) {
    delivery.phase = Phase::kNoLog;
    delivery.error = log.error;
    delivery.problem = log.problem == slurm::LogPathProblem::kUnresolved
                           ? PathProblem::kUnexpandedPattern
                           : PathProblem::kNoOutput;
    return delivery;
  }
  delivery.phase = Phase::kPending;
  delivery.next_attempt = now;
  delivery.pending_since = now;
  return delivery;
}

DeliveryChange AfterSubmit(const Job& job, const Answer& answer,
                           const DeliveryPolicy& policy,
                           const AnalysisTime& analyses, absl::Time now,
                           const Random& random) {
  DeliveryChange change = ChangeOf(job, "submit", answer);
  Delivery& next = change.delivery;
  ++next.submit_attempts;
  if (ApplyCommon(answer, next.submit_attempts, now, random, &next)) {
    return change;
  }
  if (answer.kind == AnswerKind::kAccepted) {
    next.error.clear();
    // Registered, but the file is not there or too small: see AfterResult.
    if (answer.mode != "PENDING") {
      next.problem = PathProblem::kNone;
    } else if (IsOutOfBudget(answer, policy, now, &next)) {
      GiveUp(answer, policy.log_wait, &next);
      return change;
    } else {
      next.error = "attrsvc does not see the log yet, or too little of it";
    }
    // Until now it waited for its turn, or for attrsvc to come back.
    if (next.submitted_at == absl::InfinitePast()) next.pending_since = now;
    next.phase = Phase::kSubmitted;
    next.submitted_at = now;
    next.result_attempts = 0;
    next.next_attempt = now + analyses.FirstWait();
    return change;
  }
  // Not visible yet, or an answer that makes no sense to a submission.
  AwaitLog(next.submit_attempts, answer, policy, now, random, &next);
  return change;
}

DeliveryChange AfterResult(const Job& job, const Answer& answer,
                           const DeliveryPolicy& policy,
                           const AnalysisTime& analyses, absl::Time now,
                           const Random& random) {
  DeliveryChange change = ChangeOf(job, "result", answer);
  Delivery& next = change.delivery;
  ++next.result_attempts;
  const bool overdue = now - next.submitted_at >= policy.verdict_wait;
  if (IsUnreadable(answer) && overdue) {
    Expire(answer, policy, &next);
    return change;
  }
  if (ApplyCommon(answer, next.result_attempts, now, random, &next)) {
    return change;
  }
  if (answer.kind == AnswerKind::kVerdict) {
    Complete(answer, now, &change);
  } else if (answer.kind == AnswerKind::kUnknownLog) {
    AfterUnknownLog(answer, policy, now, random, &next);
  } else if (answer.kind == AnswerKind::kNotVisible) {
    AwaitLog(next.result_attempts, answer, policy, now, random, &next);
  } else if (answer.http_status == 200 && next.problem != PathProblem::kNone) {
    // attrsvc did not see the file when it was submitted. In its released form
    // only a submission makes it look again.
    std::string error = std::move(next.error);
    SubmitAgain(answer, now, random, &next);
    next.error = std::move(error);
  } else if (overdue) {
    Expire(answer, policy, &next);
  } else {
    next.next_attempt = now + analyses.NextWait(next.result_attempts);
    next.error = answer.error;
  }
  return change;
}

void MoveDelivery(absl::Duration by, Delivery* delivery) {
  // What is infinite stays so.
  delivery->next_attempt += by;
  delivery->pending_since += by;
  delivery->submitted_at += by;
}

}  // namespace smon
