#ifndef SMON_SLURM_NODE_HOSTS_H_
#define SMON_SLURM_NODE_HOSTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// The command line that prints every node and its host, for ParseNodeHosts.
std::vector<std::string> NodeHostsArgv();

// Host names by node name. The two differ where slurm.conf has a NodeHostname;
// squeue and sacct tell the node, %N of a log path is the host.
std::map<std::string, std::string> ParseNodeHosts(absl::string_view output);

}  // namespace smon::slurm

#endif  // SMON_SLURM_NODE_HOSTS_H_
