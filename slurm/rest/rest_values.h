#ifndef SMON_SLURM_REST_REST_VALUES_H_
#define SMON_SLURM_REST_REST_VALUES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "slurm/job_record.h"
#include "slurm/job_selection.h"
#include "slurm/rest/rest_answer.h"

namespace smon::slurm {

// What the answers of slurmctld and of accounting have in common. Pure
// functions.

// slurmrestd's ids of one run, as numbers.
struct RestIds {
  int raw_id;         // "job_id": differs for tasks and components
  int array_job_id;   // 0: no array
  int array_task_id;  // none for tasks that wait together
  int array_tasks;    // text: which tasks wait together, "0-20%2"
  int het_job_id;     // 0: not heterogeneous
  int het_offset;
};

// The array's id when the record is a summary: tasks that wait together, not a
// job.
std::optional<int64_t> SummaryOf(const RestRecord& record, const RestIds& ids);

// Sets job_id ("12", "12_3", "12+1") and the array and heterogeneous fields of
// a record that is no summary. INVALID_ARGUMENT when there is no usable id.
absl::Status SetRestIds(const RestRecord& record, const RestIds& ids,
                        JobRecord* job);

// The one word that squeue and sacct print for a state that slurmrestd gives as
// flags, "RUNNING,COMPLETING". One word stays as it is.
absl::string_view StateWord(absl::string_view flags);

// The fields of an exit code. Up to v0.0.38 slurmctld's is a number, a raw wait
// status; all others are an object.
struct RestExitCode {
  int number;
  int status;  // "SUCCESS", "ERROR", "SIGNALED", "CORE_DUMPED", …
  int return_code;
  int signal;
};

// How the run ended; absent when slurmrestd does not tell, or cannot be
// trusted: up to v0.0.39 it gives SUCCESS and 0 for every exit code (WIFEXITED
// is taken for success), so that only a signal, and the 0 of a COMPLETED job,
// are true.
std::optional<ExitStatus> ReadExitStatus(const RestRecord& record,
                                         const RestExitCode& fields,
                                         int api_version, JobState state);

// Whether a job of this partition ("a,b" while it waits) and user is wanted.
bool IsSelected(const JobSelection& selection, absl::string_view partition,
                absl::string_view user);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_VALUES_H_
