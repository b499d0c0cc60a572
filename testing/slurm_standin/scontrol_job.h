#ifndef SMON_TESTING_SLURM_STANDIN_SCONTROL_JOB_H_
#define SMON_TESTING_SLURM_STANDIN_SCONTROL_JOB_H_

#include <string>

#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {

// What "scontrol show job" prints of a job; with -o, on one line.
std::string ScontrolJob(const State& state, const Call& call, const Job& job,
                        bool one_line);

// A --output pattern as scontrol expands it: %j %A %a %x %u, and no others.
std::string ScontrolPath(const Job& job, const std::string& pattern);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_SCONTROL_JOB_H_
