#ifndef SMON_SLURM_ENVIRONMENT_H_
#define SMON_SLURM_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace smon::slurm {

// The environment ("NAME=value") in which Slurm's commands print what our
// parsers read, whoever started us: `inherited` without every variable that
// changes a command's output (SQUEUE_*, SACCT_*, SLURM_TIME_FORMAT, …; see the
// sections "ENVIRONMENT VARIABLES" of squeue(1), sacct(1), sinfo(1),
// scontrol(1)), and with epoch seconds for times, full index lists, the C
// locale and UTC. What says how to reach Slurm stays: SLURM_CONF, SLURM_JWT.
std::vector<std::string> SlurmEnvironment(
    const std::vector<std::string>& inherited);

}  // namespace smon::slurm

#endif  // SMON_SLURM_ENVIRONMENT_H_
