#ifndef SMON_SLURM_CLUSTER_INFO_H_
#define SMON_SLURM_CLUSTER_INFO_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// Reads the output of `scontrol show config`. INTERNAL when it does not tell
// the cluster's name.
absl::StatusOr<ClusterInfo> ParseClusterInfo(absl::string_view output);

}  // namespace smon::slurm

#endif  // SMON_SLURM_CLUSTER_INFO_H_
