#include "slurm/node_hosts.h"

#include "absl/strings/str_split.h"

namespace smon::slurm {

std::vector<std::string> NodeHostsArgv() {
  return {"sinfo", "-h", "-a", "-N", "-o", "%N %n"};
}

std::map<std::string, std::string> ParseNodeHosts(absl::string_view output) {
  std::map<std::string, std::string> hosts;
  // A line for each node and partition; neither name can hold a space.
  for (const absl::string_view line : absl::StrSplit(output, '\n')) {
    const std::vector<absl::string_view> names =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (names.size() != 2) continue;
    hosts[std::string(names[0])] = std::string(names[1]);
  }
  return hosts;
}

}  // namespace smon::slurm
