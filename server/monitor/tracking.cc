#include "server/monitor/tracking.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

constexpr int kMostAttempts = 3;
constexpr Backoff kBackoff{absl::Minutes(1), absl::Minutes(10)};

// Whether attrsvc only has too much to do now. An outage is not told from a log
// that it cannot bear; the breaker sees to it that it costs few an attempt.
bool IsNoAttempt(const Answer& answer) {
  return answer.kind == AnswerKind::kRateLimited ||
         answer.kind == AnswerKind::kBusy;
}

}  // namespace

bool IsToBeTracked(const Job& job) {
  return job.record.state == slurm::JobState::kRunning &&
         job.delivery.phase == Phase::kWaiting && !job.log.path.empty() &&
         !job.log.shared_by_array && job.log_owner_id == 0 &&
         job.record.het_offset.value_or(0) == 0 &&
         job.record.restart_count.value_or(0) == 0 && job.tracking.untouched();
}

DeliveryChange AfterTracking(const Job& job, const Answer& answer,
                             absl::Time now, const Random& random) {
  DeliveryChange change;
  change.job = job.id;
  change.job_id = job.record.job_id;
  change.cluster = job.cluster;
  Tracking& next = change.tracking.emplace(job.tracking);
  next.next_attempt = absl::InfiniteFuture();
  if (IsNoAttempt(answer)) {
    next.next_attempt =
        now + std::max(kBackoff.Wait(1, random),
                       answer.retry_after.value_or(absl::ZeroDuration()));
    return change;
  }
  ++next.attempts;
  if (answer.kind == AnswerKind::kAccepted) {
    change.history = "registered with attrsvc while the job runs";
    return change;
  }
  change.history =
      absl::StrCat("not registered while the job runs: ", answer.error);
  if (answer.kind != AnswerKind::kRejected && next.attempts < kMostAttempts) {
    next.next_attempt = now + kBackoff.Wait(next.attempts, random);
  }
  return change;
}

}  // namespace smon
