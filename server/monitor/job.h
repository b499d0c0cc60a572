#ifndef SMON_SERVER_MONITOR_JOB_H_
#define SMON_SERVER_MONITOR_JOB_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "slurm/job_record.h"
#include "slurm/log_path.h"

namespace smon {

// How far the handing over of a job's log has come; see monitor.proto.
// Stored by number: never renumber.
enum class Phase {
  kWaiting = 1,
  kPending = 2,
  kSubmitted = 3,
  kCompleted = 4,
  kExpired = 5,
  kRejected = 6,
  kNoLog = 7,
};

// Every phase, in the order above.
constexpr Phase kAllPhases[] = {
    Phase::kWaiting, Phase::kPending,  Phase::kSubmitted, Phase::kCompleted,
    Phase::kExpired, Phase::kRejected, Phase::kNoLog};

// Why a log could not be found, was refused, or got no verdict; see
// Delivery.Problem in monitor.proto, which has the same numbers.
// Stored by number: never renumber.
enum class PathProblem {
  kNone = 0,
  kPermissionDenied = 1,
  kNotFound = 2,
  kFileEmpty = 3,
  kUnexpandedPattern = 4,
  kOther = 5,
  kNoOutput = 6,
  kNoVerdict = 7,
};

struct Delivery {
  Phase phase = Phase::kWaiting;
  PathProblem problem = PathProblem::kNone;
  int32_t submit_attempts = 0;
  int32_t result_attempts = 0;
  // When the next request is due. Meaningful in kPending and kSubmitted.
  absl::Time next_attempt = absl::InfiniteFuture();
  // When the log was first to be sent, attrsvc first took it, or first said
  // that it cannot see it, whichever is last; --log_wait counts from here.
  absl::Time pending_since = absl::InfinitePast();
  // When attrsvc took the log; InfinitePast when it has not.
  absl::Time submitted_at = absl::InfinitePast();
  std::string error;
  // Counts the resubmissions by hand. An answer to a request that was sent
  // under another count is stale and changes nothing.
  int32_t resubmit_count = 0;
  // To be sent ahead of the others: the job's next run may overwrite the log.
  bool urgent = false;
};

// The registering of a log with attrsvc while its job still runs, which is done
// once for a job, if at all (--track_running).
struct Tracking {
  // When the next request is due; InfiniteFuture when none is to be sent.
  absl::Time next_attempt = absl::InfiniteFuture();
  int32_t attempts = 0;

  // Whether it has never been asked for.
  bool untouched() const {
    return attempts == 0 && next_attempt == absl::InfiniteFuture();
  }
};

// Stored by number: never renumber.
enum class Action {
  kStop = 1,
  kRestart = 2,
  kContinue = 3,
  kUnknown = 4,
  kTimeout = 5,
  kOther = 6,
};

struct Verdict {
  Action action = Action::kUnknown;
  std::string action_text;
  std::string reason;
  std::string source;
  std::string mode;
  absl::Time fetched_at = absl::InfinitePast();
};

// One run of a job: what Slurm said, where its log is, what attrsvc said.
// Text that goes to readers is valid UTF-8 once it is in here (common/utf8.h).
struct Job {
  int64_t id = 0;  // the Store's; 0 until it is stored
  std::string cluster;
  slurm::JobRecord record;
  slurm::LogPath log;
  // The job (by id) whose log this one shares and whose delivery it shows;
  // 0 for a log of its own.
  int64_t log_owner_id = 0;
  std::string log_owner_job_id;  // its displayed id; filled in by the Store
  Delivery delivery;
  Tracking tracking;
  std::optional<Verdict> verdict;

  // The rest is the Store's to fill in.

  // When it ended, or if Slurm does not know, when that was first seen;
  // InfiniteFuture while it has not.
  absl::Time ended_at = absl::InfiniteFuture();
  absl::Time created_at = absl::InfinitePast();
  absl::Time updated_at = absl::InfinitePast();
};

struct HistoryEntry {
  absl::Time time;
  std::string text;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_H_
