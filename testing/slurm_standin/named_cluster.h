#ifndef SMON_TESTING_SLURM_STANDIN_NAMED_CLUSTER_H_
#define SMON_TESTING_SLURM_STANDIN_NAMED_CLUSTER_H_

#include <string>
#include <vector>

#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/state.h"

namespace smon::slurm_standin {

// The cluster that -M (--clusters) names; empty where it is not given. The last
// one counts. Several ("a,b") and "all" are not modelled.
std::string NamedCluster(const std::vector<std::string>& args);

// The directory of the state of the cluster that call.cluster names, as the
// state of the cluster of slurm.conf tells it: `directory` for its own. Empty
// where slurmdbd does not know it.
std::string DirectoryOf(const Call& call, const State& state,
                        const std::string& directory);

// What Slurm 22.05 says of a cluster that slurmdbd does not know. sacct says
// nothing, and ends with 0.
Output UnknownCluster(const Call& call);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_NAMED_CLUSTER_H_
