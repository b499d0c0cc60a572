#ifndef SMON_SLURM_REST_REST_JOBS_H_
#define SMON_SLURM_REST_REST_JOBS_H_

#include <string>

#include "absl/status/statusor.h"
#include "slurm/job_selection.h"
#include "slurm/rest/byte_source.h"
#include "slurm/rest/rest_answer.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

struct RestJobs {
  JobSnapshot snapshot;
  RestAnswer answer;    // look at its errors first
  std::string cluster;  // of a job; empty when there is none
};

// Reads the answer to GET /slurm/v0.0.N/jobs, all that slurmctld holds, ended
// jobs too. `api_version` is N. Jobs that are not selected or not news, array
// summaries and malformed records are left out, all but the first counted.
// Errors: those of ReadRestAnswer(). A pure function.
//
// Seen on slurmrestd 22.05 (v0.0.36 to 38): numbers and strings are plain;
// exit_code is a raw wait status; standard_output is the pattern as sbatch gave
// it, made absolute, and "" for a batch job without --output (`--output=""` is
// the job's folder, so "" is certain) and for srun and salloc; batch_host is ""
// for a job that never started; StartTime of a job cancelled while it waited is
// the time of its end; strings may hold bytes that are not UTF-8.
//
// From Slurm's source (src/plugins/data_parser), not seen: since v0.0.39
// numbers may be objects (RestFields), job_state is an array of flags since
// v0.0.40, and exit_code is an object. From v0.0.39 to 42 standard_output is
// expanded by slurm_get_job_stdout(), which knows %A %a %b %j %u %x and makes
// '%' of '%%': a '%' that is left may be anything, and so may a path with '\',
// whose pattern is not to be expanded; such a pattern is left out. Since
// v0.0.43 it is the pattern again (stdout_expanded stands next to it).
absl::StatusOr<RestJobs> ReadRestJobs(ByteSource* source, int api_version,
                                      const JobSelection& selection,
                                      IsNews is_news);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_JOBS_H_
