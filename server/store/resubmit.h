#ifndef SMON_SERVER_STORE_RESUBMIT_H_
#define SMON_SERVER_STORE_RESUBMIT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/monitor/resubmission.h"
#include "server/monitor/store.h"
#include "soci/soci.h"

namespace smon {

// Resubmission in the caller's transaction; see store.h for what each part of
// it does. `clock` is the time of day in microseconds. All throw what SOCI
// throws.

absl::StatusOr<ResubmitResult> ApplyResubmit(soci::session& session,
                                             int64_t job,
                                             const ResubmitOrder& order,
                                             int64_t clock);

// What is to be done about the jobs that match a filter.
struct ResubmitPlan {
  // What it comes to, as things are.
  ResubmitReport preview;
  // The jobs to resubmit, one for each log, the first submitted first.
  std::vector<int64_t> jobs;
};
absl::StatusOr<ResubmitPlan> PlanResubmit(soci::session& session,
                                          const JobFilter& filter,
                                          int64_t max_jobs);

// Remembers the request with what the plan leaves out, and the plan's jobs as
// those that are still to be done; unless the request is known.
absl::StatusOr<ResubmitReport> StartResubmit(soci::session& session,
                                             const ResubmitPlan& plan,
                                             const ResubmitOrder& order,
                                             int64_t clock);

// Does the next of them.
absl::StatusOr<ResubmitReport> ContinueResubmit(soci::session& session,
                                                const ResubmitOrder& order,
                                                int64_t clock);

}  // namespace smon

#endif  // SMON_SERVER_STORE_RESUBMIT_H_
