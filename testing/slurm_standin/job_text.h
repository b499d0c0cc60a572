#ifndef SMON_TESTING_SLURM_STANDIN_JOB_TEXT_H_
#define SMON_TESTING_SLURM_STANDIN_JOB_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/state.h"

namespace smon::slurm_standin {

// How Slurm's commands write what a job is made of.

// Long and short names of states.
struct StateName {
  absl::string_view name;     // "OUT_OF_MEMORY"
  absl::string_view compact;  // "OOM"
};

// nullptr when Slurm 22.05 has no such state; any case, long or short.
const StateName* FindState(absl::string_view text);

// "OOM"; for a state that Slurm 22.05 does not have, the text itself.
absl::string_view CompactState(absl::string_view state);

// "2026-11-22T20:01:10", or as SLURM_TIME_FORMAT of the call wants it.
// `missing` for 0.
std::string FormatTime(const Call& call, int64_t time,
                       absl::string_view missing);

// "0:02", "1:02:03", "1-00:00:00".
std::string FormatMinutesSeconds(int64_t seconds);

// "1,5-7,100,2…" cut to what SLURM_BITSTR_LEN allows (64 bytes by default, with
// "..." at the end), the "%2" of a throttle kept.
std::string CutTaskList(const Call& call, absl::string_view summary);

// "7_2", "37+1", "12"; for waiting tasks "7_[0-10%2]", with the list cut.
std::string DisplayId(const Call& call, const Job& job);

// The tasks of "1-10:3,12%2".
std::vector<int64_t> ExpandTaskList(absl::string_view summary);

// "1:0", "0:9" of a wait status.
std::string FormatExit(int64_t wait_status);

// The user's number: the state's, or the system's; 65534 when neither knows.
int64_t UserId(const State& state, const std::string& user);

// The name that a user is given by, or the number. Absent when neither the
// state (its users, its jobs) nor the system knows the user.
std::optional<std::string> FindUser(const State& state,
                                    const std::string& name_or_id);

// A job id as given to -j and "show job".
struct JobSelector {
  int64_t id = 0;
  std::optional<int64_t> array_task;
  std::optional<int64_t> het_offset;
};

// Absent for anything but "12", "12_3" and "12+1".
std::optional<JobSelector> ParseJobSelector(absl::string_view text);

// Whether the selector means this job, part of it (an array's task), or the
// whole that it is part of.
bool Selects(const JobSelector& selector, const Job& job);

// `pattern` below the job's directory unless absolute; "slurm-ID.out" with the
// raw id when empty. Nothing is expanded: what squeue shows.
std::string UnexpandedPath(const Job& job, absl::string_view pattern);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_JOB_TEXT_H_
