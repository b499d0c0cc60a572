#include "server/monitor/retention.h"

#include <algorithm>
#include <limits>

#include "common/status_macros.h"

namespace smon {
namespace {

// Jobs of one transaction, and transactions of one run.
constexpr int64_t kStep = 500;
constexpr int kMostSteps = 20;

}  // namespace

absl::Status Retention::Run(absl::Time may_be_told_again) {
  if (!store_->Damage().ok()) return absl::OkStatus();
  int steps = kMostSteps;
  if (options_.age > absl::ZeroDuration()) {
    const absl::Time too_old = clock_->Now() - options_.age;
    SMON_RETURN_IF_ERROR(Remove(std::min(too_old, may_be_told_again),
                                std::numeric_limits<int64_t>::max(), &steps,
                                &totals_.by_age));
  }
  if (options_.jobs > 0) {
    SMON_ASSIGN_OR_RETURN(const JobCounts counts, store_->CountJobs());
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
        store_->RemoveEnded(ended_before,
                            static_cast<int>(std::min(kStep, limit))));
    if (removed == 0) break;
    limit -= removed;
    *total += removed;
  }
  return absl::OkStatus();
}

}  // namespace smon
