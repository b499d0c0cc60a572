#ifndef SMON_SLURM_JOB_STATE_H_
#define SMON_SLURM_JOB_STATE_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// Slurm's job states (squeue(1), sacct(1) "JOB STATE CODES"), and two of our
// own at the end.
enum class JobState {
  kPending,
  kRunning,
  kSuspended,
  kConfiguring,
  kCompleting,
  kStageOut,
  kSignaling,
  kStopped,
  kResizing,
  kResvDelHold,
  kRequeueFed,
  kRequeueHold,
  // In accounting, the end of a run: the job goes on as another run. While the
  // controller says so, that run is about to wait.
  kRequeued,
  kSpecialExit,
  kCompleted,
  kFailed,
  kCancelled,
  kTimeout,
  kOutOfMemory,
  kNodeFail,
  kPreempted,
  kBootFail,
  kDeadline,
  kRevoked,
  kLaunchFailed,
  kReconfigFail,
  // Left Slurm; its final state could not be learned.
  kFinished,
  // A word that none of the above has. Not taken for an end of the job.
  kOther,
};

// Reads a state as any Slurm command prints it: long or short name, in any
// case, with a suffix ("CANCELLED by 1000", "COMPLETED+"). kOther when unknown.
JobState ParseJobState(absl::string_view text);

// "OUT_OF_MEMORY", and "OTHER" for kOther.
absl::string_view JobStateName(JobState state);

// "OOM"; empty for kFinished and kOther, which Slurm does not have.
absl::string_view JobStateShortName(JobState state);

// The run is over and its state will not change (but for a correction).
bool IsEnded(JobState state);

// The run has begun, so that its start time is no estimate. Of an ended run,
// only one that was given a node has.
bool HasStarted(JobState state);

// Whether a run that ended so may have been requeued: another run of its job
// follows, and may overwrite its log.
bool MayRunAgain(JobState state);

// Every state, in the order above.
const std::vector<JobState>& AllJobStates();

}  // namespace smon::slurm

#endif  // SMON_SLURM_JOB_STATE_H_
