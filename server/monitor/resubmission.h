#ifndef SMON_SERVER_MONITOR_RESUBMISSION_H_
#define SMON_SERVER_MONITOR_RESUBMISSION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/monitor/job.h"

namespace smon {

// Logs that are to be sent again because somebody asks for it.
struct ResubmitOrder {
  // Names this request: a repeat does nothing and is answered the same. A UUID
  // in lower case. Empty: the request is not remembered.
  std::string request_id;
  // What else was asked for, in any form that tells requests apart: the same
  // request_id with other arguments is refused.
  std::string arguments;
  // When the logs are due.
  absl::Time now;
  std::string history;  // the entry that each log gets
};

// What a resubmission makes of a job.
enum class ResubmitOutcome {
  kResubmitted,
  // Its log was to be sent anyway. If that had been tried and had failed, it
  // starts anew.
  kAlreadyPending,
  kNotEnded,
  kNoLog,
  // Another job whose log it shares is counted instead.
  kSharedLog,
};

// What became of one job.
struct ResubmitResult {
  ResubmitOutcome outcome = ResubmitOutcome::kResubmitted;
  Job job;  // as it is now
  // This was answered from memory, and nothing was done.
  bool repeated = false;
};

// What became of the jobs that match a filter.
struct ResubmitReport {
  int64_t resubmitted = 0;
  int64_t already_pending = 0;
  int64_t not_ended = 0;
  int64_t no_log = 0;
  int64_t shared_log = 0;
  // Displayed ids of the resubmitted ones, the first kMostListed.
  std::vector<std::string> job_ids;
  static constexpr size_t kMostListed = 1000;
  // Jobs that are still to be resubmitted; see Store::ContinueResubmission.
  int64_t left = 0;
  // Nothing was left when the request came: it is a repeat.
  bool repeated = false;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_RESUBMISSION_H_
