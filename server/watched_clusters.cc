#include "server/watched_clusters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/start_checks.h"

namespace smon {
namespace {

void LogFound(const slurm::ClusterInfo& cluster) {
  LogInfo("Slurm found",
          {{"cluster", cluster.name},
           {"version", cluster.version},
           {"accounting", cluster.has_accounting ? "yes" : "no"}});
}

}  // namespace

absl::StatusOr<std::vector<ClusterSource>> WatchedClusters::Sources() {
  std::vector<ClusterSource> sources;
  if (config_->clusters.empty()) {
    slurm::SlurmClient* const slurm = slurm_->clients()[0].get();
    SMON_ASSIGN_OR_RETURN(const slurm::ClusterInfo info,
                          CheckSlurm(slurm, *config_));
    Know(info);
    sources.push_back({slurm, info.name, info.version, info.has_accounting});
    return sources;
  }
  for (size_t i = 0; i < config_->clusters.size(); ++i) {
    ClusterSource source;
    source.slurm = slurm_->clients()[i].get();
    source.name = config_->clusters[i];
    source.learn = [this, slurm = source.slurm, name = source.name] {
      return Learn(slurm, name);
    };
    sources.push_back(std::move(source));
  }
  return sources;
}

absl::StatusOr<Poller::Cluster> WatchedClusters::Learn(
    slurm::SlurmClient* slurm, const std::string& name) {
  SMON_ASSIGN_OR_RETURN(const slurm::ClusterInfo info,
                        slurm->ReadClusterInfo());
  SMON_ASSIGN_OR_RETURN(const std::vector<std::string> there,
                        slurm->ListPartitions());
  Poller::Cluster cluster;
  cluster.slurm_version = info.version;
  cluster.has_accounting = info.has_accounting;
  std::vector<std::string> missing;
  for (const std::string& wanted : config_->partitions) {
    const bool has =
        std::find(there.begin(), there.end(), wanted) != there.end();
    (has ? cluster.partitions : missing).push_back(wanted);
  }
  if (cluster.partitions.empty()) {
    return absl::NotFoundError(absl::StrCat("--partitions: cluster ", name,
                                            " has none of them; it "
                                            "has: ",
                                            absl::StrJoin(there, " ")));
  }
  LogFound(info);
  if (!missing.empty()) {
    LogInfo("the cluster does not have all partitions",
            {{"cluster", name}, {"missing", absl::StrJoin(missing, " ")}});
  }
  smon::WarnOfShortMemory(*config_, info);
  Know(info);
  return cluster;
}

void WatchedClusters::Know(const slurm::ClusterInfo& info) {
  MutexLock lock(&mu_);
  known_[info.name] = info;
}

void WatchedClusters::Log() const {
  MutexLock lock(&mu_);
  for (const auto& [name, info] : known_) LogFound(info);
}

void WatchedClusters::WarnOfShortMemory(const Config& config) const {
  MutexLock lock(&mu_);
  for (const auto& [name, info] : known_) smon::WarnOfShortMemory(config, info);
}

}  // namespace smon
