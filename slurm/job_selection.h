#ifndef SMON_SLURM_JOB_SELECTION_H_
#define SMON_SLURM_JOB_SELECTION_H_

#include <string>
#include <vector>

namespace smon::slurm {

// Which jobs to read; empty stands for all.
struct JobSelection {
  std::vector<std::string> partitions;
  std::string user;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_JOB_SELECTION_H_
