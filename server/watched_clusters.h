#ifndef SMON_SERVER_WATCHED_CLUSTERS_H_
#define SMON_SERVER_WATCHED_CLUSTERS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/config/config.h"
#include "server/monitor/cluster_watch.h"
#include "server/slurm_source.h"
#include "slurm/slurm_client.h"

namespace smon {

// The clusters that the settings name, and what their Slurm has told of them.
// Thread-safe.
class WatchedClusters {
 public:
  // Both must outlive this object and the use of Sources().
  WatchedClusters(const Config* config, const SlurmSource* slurm)
      : config_(config), slurm_(slurm) {}

  // Asks the one cluster of slurm.conf, and fails if it cannot be watched.
  // Those of --clusters are asked later, each by its own thread, so that one
  // that is away holds up neither the start nor the others.
  absl::StatusOr<std::vector<ClusterSource>> Sources();

  // Says what was found by Sources(). For a start that has come so far.
  void Log() const;
  // See WarnOfShortMemory in start_checks.h; for each cluster that is known.
  void WarnOfShortMemory(const Config& config) const;

 private:
  absl::StatusOr<Poller::Cluster> Learn(slurm::SlurmClient* slurm,
                                        const std::string& name);
  void Know(const slurm::ClusterInfo& info);

  const Config* const config_;
  const SlurmSource* const slurm_;
  mutable Mutex mu_;
  std::map<std::string, slurm::ClusterInfo> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_WATCHED_CLUSTERS_H_
