#include "slurm/job_state.h"

#include "absl/strings/match.h"

namespace smon::slurm {
namespace {

struct StateInfo {
  JobState state;
  absl::string_view name;
  absl::string_view short_name;
  bool ended;
};

// squeue(1) and sacct(1), "JOB STATE CODES", of Slurm 20.11 to 25.05, in the
// order of the enum.
constexpr StateInfo kStates[] = {
    {JobState::kPending, "PENDING", "PD", false},
    {JobState::kRunning, "RUNNING", "R", false},
    {JobState::kSuspended, "SUSPENDED", "S", false},
    {JobState::kConfiguring, "CONFIGURING", "CF", false},
    {JobState::kCompleting, "COMPLETING", "CG", false},
    {JobState::kStageOut, "STAGE_OUT", "SO", false},
    {JobState::kSignaling, "SIGNALING", "SI", false},
    {JobState::kStopped, "STOPPED", "ST", false},
    {JobState::kResizing, "RESIZING", "RS", false},
    {JobState::kResvDelHold, "RESV_DEL_HOLD", "RD", false},
    {JobState::kRequeueFed, "REQUEUE_FED", "RF", false},
    {JobState::kRequeueHold, "REQUEUE_HOLD", "RH", false},
    {JobState::kRequeued, "REQUEUED", "RQ", true},
    {JobState::kSpecialExit, "SPECIAL_EXIT", "SE", false},
    {JobState::kCompleted, "COMPLETED", "CD", true},
    {JobState::kFailed, "FAILED", "F", true},
    {JobState::kCancelled, "CANCELLED", "CA", true},
    {JobState::kTimeout, "TIMEOUT", "TO", true},
    {JobState::kOutOfMemory, "OUT_OF_MEMORY", "OOM", true},
    {JobState::kNodeFail, "NODE_FAIL", "NF", true},
    {JobState::kPreempted, "PREEMPTED", "PR", true},
    {JobState::kBootFail, "BOOT_FAIL", "BF", true},
    {JobState::kDeadline, "DEADLINE", "DL", true},
    // In a federation the job runs elsewhere; its end may still come here.
    {JobState::kRevoked, "REVOKED", "RV", false},
    {JobState::kLaunchFailed, "LAUNCH_FAILED", "LF", true},
    {JobState::kReconfigFail, "RECONFIG_FAIL", "RC", true},
    {JobState::kFinished, "FINISHED", "", true},
    {JobState::kOther, "OTHER", "", false},
};

constexpr bool InEnumOrder() {
  int i = 0;
  for (const StateInfo& info : kStates) {
    if (static_cast<int>(info.state) != i++) return false;
  }
  return i == static_cast<int>(JobState::kOther) + 1;
}
static_assert(InEnumOrder(), "kStates is indexed by JobState");

const StateInfo& Info(JobState state) {
  return kStates[static_cast<int>(state)];
}

}  // namespace

JobState ParseJobState(absl::string_view text) {
  const absl::string_view word = text.substr(0, text.find_first_of(" +\t\n"));
  for (const StateInfo& info : kStates) {
    if (info.short_name.empty()) continue;  // Slurm prints no such state
    if (absl::EqualsIgnoreCase(word, info.name) ||
        absl::EqualsIgnoreCase(word, info.short_name)) {
      return info.state;
    }
  }
  return JobState::kOther;
}

absl::string_view JobStateName(JobState state) { return Info(state).name; }

absl::string_view JobStateShortName(JobState state) {
  return Info(state).short_name;
}

bool IsEnded(JobState state) { return Info(state).ended; }

bool HasStarted(JobState state) {
  switch (state) {
    case JobState::kRunning:
    case JobState::kSuspended:
    case JobState::kConfiguring:
    case JobState::kCompleting:
    case JobState::kStageOut:
    case JobState::kSignaling:
    case JobState::kStopped:
    case JobState::kResizing:
      return true;
    default:
      return IsEnded(state);
  }
}

bool MayRunAgain(JobState state) {
  return state == JobState::kRequeued || state == JobState::kPreempted ||
         state == JobState::kNodeFail;
}

const std::vector<JobState>& AllJobStates() {
  static const auto* const all = [] {
    auto* states = new std::vector<JobState>;
    for (const StateInfo& info : kStates) states->push_back(info.state);
    return states;
  }();
  return *all;
}

}  // namespace smon::slurm
