#include "testing/slurm_standin/named_cluster.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "testing/slurm_standin/fault_presets.h"

namespace smon::slurm_standin {

std::string NamedCluster(const std::vector<std::string>& args) {
  std::string name;
  for (size_t i = 0; i < args.size(); ++i) {
    absl::string_view arg = args[i];
    if (arg == "--") break;
    if ((arg == "-M" || arg == "--clusters" || arg == "--cluster") &&
        i + 1 < args.size()) {
      name = args[++i];
    } else if (absl::ConsumePrefix(&arg, "--clusters=") ||
               absl::ConsumePrefix(&arg, "--cluster=") ||
               absl::ConsumePrefix(&arg, "-M")) {
      name = std::string(arg);
    }
  }
  return name;
}

std::string DirectoryOf(const Call& call, const State& state,
                        const std::string& directory) {
  if (call.cluster == state.cluster) return directory;
  const auto found = state.clusters.find(call.cluster);
  return found == state.clusters.end() ? "" : found->second;
}

Output UnknownCluster(const Call& call) {
  if (call.program == "sacct") return Output();
  Output output = UnreachableCluster(call);
  output.err.insert(0, absl::StrCat(call.program, ": error: No cluster '",
                                    call.cluster, "' known by database.\n"));
  return output;
}

}  // namespace smon::slurm_standin
