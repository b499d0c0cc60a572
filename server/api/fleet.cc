#include "server/api/fleet.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/api/status_details.h"
#include "server/monitor/cluster_watch.h"
#include "server/monitor/health_convert.h"
#include "server/monitor/proto_convert.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

using Clusters = std::vector<ClusterWatch::Snapshot>;

// In a message: as much of a name that is not known, as many that are.
constexpr size_t kLongestName = 100;
constexpr size_t kMostNames = 10;

void AddPart(const ComponentHealth::Snapshot& part, absl::Time next_poll,
             v1::Cluster* to) {
  *to->add_components() = ToProto(part, next_poll);
  if (!part.healthy) to->set_status(v1::Health::DEGRADED);
}

v1::Cluster ClusterProto(const ClusterWatch::Snapshot& from) {
  v1::Cluster to;
  to.set_name(ToValidUtf8(from.name));
  to.set_slurm_version(ToValidUtf8(from.slurm_version));
  // Of a cluster that has not been asked, for another replica polls it maybe,
  // nothing is known.
  const bool asked = from.slurm.last_success_at != absl::InfinitePast() ||
                     from.slurm.last_error_at != absl::InfinitePast();
  to.set_status(asked ? v1::Health::OK : v1::Health::STATUS_UNSPECIFIED);
  AddPart(from.slurm, from.polls.next_poll, &to);
  if (from.accounting.has_value()) {
    AddPart(*from.accounting, from.polls.next_poll, &to);
  }
  if (from.polls.last_success != absl::InfinitePast()) {
    *to.mutable_last_poll_time() = ToProto(from.polls.last_success);
  }
  if (from.polls.next_poll != absl::InfiniteFuture()) {
    *to.mutable_next_poll_time() = ToProto(from.polls.next_poll);
  }
  return to;
}

v1::Cluster::JobCounts CountsProto(const JobCounts& from) {
  const auto completed = from.by_state.find(slurm::JobState::kCompleted);
  v1::Cluster::JobCounts to;
  to.set_live(from.total - from.ended);
  to.set_ended(from.ended);
  to.set_failed(from.ended -
                (completed == from.by_state.end() ? 0 : completed->second));
  return to;
}

absl::Status NotWatched(const Clusters& clusters, const std::string& name) {
  std::vector<std::string> names;
  for (const ClusterWatch::Snapshot& cluster : clusters) {
    names.push_back(names.size() < kMostNames ? cluster.name : "...");
    if (names.size() > kMostNames) break;
  }
  const std::string shown = ToPrintable(name.substr(0, kLongestName));
  return WithReason(absl::NotFoundError(absl::StrCat(
                        "no cluster '", shown, "' is watched here, but ",
                        absl::StrJoin(names, ", "))),
                    "CLUSTER_NOT_FOUND", {{"cluster", shown}});
}

v1::Replica ReplicaProto(const Replica& from) {
  v1::Replica to;
  to.set_replica_id(ToValidUtf8(from.id));
  to.set_name(ToValidUtf8(from.name));
  to.set_address(ToValidUtf8(from.address));
  to.set_version(ToValidUtf8(from.version));
  *to.mutable_start_time() = ToProto(from.started_at);
  if (from.seen_at != absl::InfinitePast()) {
    *to.mutable_last_seen_time() = ToProto(from.seen_at);
  }
  for (const std::string& cluster : from.polled_clusters) {
    to.add_polled_clusters(ToValidUtf8(cluster));
  }
  return to;
}

// Empty while nobody does, or that is not known.
std::string PollerOf(const absl::StatusOr<std::vector<Replica>>& replicas,
                     const std::string& cluster) {
  if (!replicas.ok()) return "";
  for (const Replica& replica : *replicas) {
    const std::vector<std::string>& polled = replica.polled_clusters;
    if (std::find(polled.begin(), polled.end(), cluster) != polled.end()) {
      return ToValidUtf8(replica.id);
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<v1::ListClustersResponse> ListClusters(Monitor* monitor) {
  const absl::StatusOr<std::vector<Replica>> replicas =
      monitor->replicas().List();
  v1::ListClustersResponse response;
  // A store that does not answer is not waited for once more.
  bool counted = replicas.ok();
  for (const ClusterWatch::Snapshot& cluster : monitor->GetClusters()) {
    v1::Cluster* const to = response.add_clusters();
    *to = ClusterProto(cluster);
    to->set_is_default(response.clusters_size() == 1);
    to->set_poller_replica_id(PollerOf(replicas, cluster.name));
    if (!counted) continue;
    const absl::StatusOr<JobCounts> counts =
        monitor->store()->CountJobs(cluster.name);
    counted = counts.ok();
    if (counts.ok()) *to->mutable_jobs() = CountsProto(*counts);
  }
  return response;
}

absl::StatusOr<v1::Cluster> GetCluster(Monitor* monitor,
                                       const std::string& name) {
  SMON_RETURN_IF_ERROR(CheckIsWatched(*monitor, name));
  SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse all,
                        ListClusters(monitor));
  for (const v1::Cluster& cluster : all.clusters()) {
    if (cluster.name() == ToValidUtf8(name)) return cluster;
  }
  return NotWatched(monitor->GetClusters(), name);
}

absl::Status CheckIsWatched(const Monitor& monitor,
                            const std::string& cluster) {
  if (cluster.empty()) {
    return InvalidField("cluster", "is missing; give a cluster's name");
  }
  const Clusters clusters = monitor.GetClusters();
  for (const ClusterWatch::Snapshot& one : clusters) {
    if (one.name == cluster) return absl::OkStatus();
  }
  return NotWatched(clusters, cluster);
}

void AddRoles(const Monitor& monitor, v1::Health* health) {
  health->set_replica_id(ToValidUtf8(monitor.replicas().id()));
  for (const ClusterWatch::Snapshot& cluster : monitor.GetClusters()) {
    v1::Health::ClusterRole* const role = health->add_cluster_roles();
    role->set_cluster(ToValidUtf8(cluster.name));
    role->set_role(cluster.is_mine ? v1::Replica::POLLER
                                   : v1::Replica::STANDBY);
  }
}

absl::StatusOr<v1::ListReplicasResponse> ListReplicas(const Monitor& monitor) {
  SMON_ASSIGN_OR_RETURN(const std::vector<Replica> replicas,
                        monitor.replicas().List());
  v1::ListReplicasResponse response;
  for (const Replica& replica : replicas) {
    *response.add_replicas() = ReplicaProto(replica);
  }
  response.set_replica_id(ToValidUtf8(monitor.replicas().id()));
  return response;
}

}  // namespace smon
