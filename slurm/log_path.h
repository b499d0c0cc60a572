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
};

// The file that Slurm wrote the job's standard output to.
//
// `job` must have ended. `script` is the stored batch script, empty when not
// known. A heterogeneous component other than the first has no file of its own:
// for it, the path is that of the first component, told from
// `het_leader`, which may be null when that is not known.
//
// Nothing is guessed: what cannot be told for certain is kUnresolved.
LogPath ResolveLogPath(const JobRecord& job, const JobRecord* het_leader,
                       absl::string_view script);

}  // namespace smon::slurm

#endif  // SMON_SLURM_LOG_PATH_H_
