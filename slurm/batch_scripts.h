#ifndef SMON_SLURM_BATCH_SCRIPTS_H_
#define SMON_SLURM_BATCH_SCRIPTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// The command line that prints the stored batch scripts of these jobs, by
// displayed id, for ParseBatchScripts.
std::vector<std::string> BatchScriptsArgv(
    const std::vector<std::string>& job_ids);

// Splits what `sacct --batch-script` printed into scripts by displayed id; jobs
// without one are left out. The output is the scripts one after another, each
// under a heading that any script can contain too. A heading counts only when
// it is of a job in `job_ids`; a job with more than one heading is left out,
// since one of them was forged. So a script can hide another job's script, but
// not replace it. A pure function.
std::map<std::string, std::string> ParseBatchScripts(
    absl::string_view output, const std::vector<std::string>& job_ids);

}  // namespace smon::slurm

#endif  // SMON_SLURM_BATCH_SCRIPTS_H_
