#ifndef SMON_SLURM_LOG_PATH_H_
#define SMON_SLURM_LOG_PATH_H_

#include <string>

#include "absl/strings/string_view.h"
#include "slurm/job_record.h"

namespace smon::slurm {

// Why there is no path; decides how it is counted.
enum class LogPathProblem {
  kNoProblem,
  kNoLog,       // the job writes none: srun, salloc, /dev/null, never started
  kUnresolved,  // a pattern that cannot be expanded, or sources that disagree
};

struct LogPath {
  std::string path;  // absolute; empty when not found
  LogPathSource source = LogPathSource::kNone;
  LogPathProblem problem = LogPathProblem::kNoProblem;
  std::string error;  // one sentence for the user, when there is no path
  bool shared_by_array = false;  // other tasks of the array write to it too
  bool needs_script = false;     // kUnresolved, and the job's script could tell
};

// The file that Slurm wrote the job's standard output to.
//
// `job` must have ended. A heterogeneous component other than the first has no
// file of its own: for it, the path is that of the first component, told from
// `het_leader`, which may be null when that is not known; then the path cannot
// be told, since each component may have been given a pattern of its own.
//
// `script` is the stored batch script of the job (of `het_leader`, where there
// is one), empty when not known. It and the submit line are looked at only when
// there is no stdout_pattern.
//
// `slurm_version` is ClusterInfo.version; it decides what %b means.
//
// Nothing is guessed: what cannot be told for certain is kUnresolved. One thing
// leaves no trace and is taken not to be so: SBATCH_OUTPUT in the environment
// of an sbatch whose job is known from accounting only.
LogPath ResolveLogPath(const JobRecord& job, const JobRecord* het_leader,
                       absl::string_view script,
                       absl::string_view slurm_version);

}  // namespace smon::slurm

#endif  // SMON_SLURM_LOG_PATH_H_
