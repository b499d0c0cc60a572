#include "server/monitor/retention.h"

#include <algorithm>
#include <limits>

#include "common/log.h"
#include "common/status_macros.h"

namespace smon {
namespace {

// Jobs of one transaction, and transactions of one run.
constexpr int64_t kStep = 500;
constexpr int kMostSteps = 20;

}  // namespace

absl::Status Retention::Run(absl::Time may_be_told_again) {
  if (!store_->Damage().ok()) return absl::OkStatus();
  const Totals before = totals_;
  const absl::Status status = RemoveAll(may_be_told_again);
  const int64_t by_age = totals_.by_age - before.by_age;
  const int64_t by_count = totals_.by_count - before.by_count;
  if (by_age + by_count > 0) {
    LogInfo(
        "old jobs removed from the store",
        {{"cluster", cluster_}, {"by_age", by_age}, {"by_count", by_count}});
  }
  if (!status.ok()) {
    LogWarning("cannot remove old jobs",
               {{"cluster", cluster_}, {"error", status.message()}});
  }
  return status;
}

absl::Status Retention::RemoveAll(absl::Time may_be_told_again) {
  int steps = kMostSteps;
  if (options_.age > absl::ZeroDuration()) {
    const absl::Time too_old = clock_->Now() - options_.age;
    SMON_RETURN_IF_ERROR(Remove(std::min(too_old, may_be_told_again),
                                std::numeric_limits<int64_t>::max(), &steps,
                                &totals_.by_age));
  }
  if (options_.jobs > 0) {
    SMON_ASSIGN_OR_RETURN(const JobCounts counts, store_->CountJobs(cluster_));
    SMON_RETURN_IF_ERROR(Remove(may_be_told_again, counts.total - options_.jobs,
                                &steps, &totals_.by_count));
  }
  return absl::OkStatus();
}

absl::Status Retention::Remove(absl::Time ended_before, int64_t limit,
                               int* steps, int64_t* total) {
  for (; *steps > 0 && limit > 0; --*steps) {
    SMON_ASSIGN_OR_RETURN(
        const int64_t removed,
        store_->RemoveEnded(cluster_, ended_before,
                            static_cast<int>(std::min(kStep, limit))));
    if (removed == 0) break;
    limit -= removed;
    *total += removed;
  }
  return absl::OkStatus();
}

}  // namespace smon
