#ifndef SMON_SLURM_JOB_ID_H_
#define SMON_SLURM_JOB_ID_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {

// A job id as Slurm displays it (squeue %i, sacct JobID):
//   12345       a job
//   12345_7     task 7 of array 12345
//   12345+1     component 1 of heterogeneous job 12345
//   12345_[0-10%2], 12345[0-10], 12345_[1,5-7,2000,20   (cut off by squeue)
//               an array summary: waiting tasks, not a job
struct JobId {
  int64_t base = 0;  // > 0
  std::optional<int64_t> array_task;
  std::optional<int32_t> het_offset;
  bool is_summary = false;
};

// INVALID_ARGUMENT for anything else, steps ("12345.batch") included.
absl::StatusOr<JobId> ParseJobId(absl::string_view text);

// Whether a displayed id looks like a summary: a quick look, for many ids.
inline bool IsSummary(absl::string_view text) {
  return text.find('[') != absl::string_view::npos;
}

// As Slurm displays it; for a summary, the base id.
std::string FormatJobId(const JobId& id);

}  // namespace smon::slurm

#endif  // SMON_SLURM_JOB_ID_H_
