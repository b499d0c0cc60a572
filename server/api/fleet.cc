#include "server/api/fleet.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/api/status_details.h"
#include "server/monitor/cluster_convert.h"
#include "server/monitor/cluster_watch.h"
#include "server/monitor/proto_convert.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

// In a message: as much of a name that is not known, as many that are.
constexpr size_t kLongestName = 100;
constexpr size_t kMostNames = 10;

v1::Cluster::JobCounts CountsProto(const JobCounts& from) {
  const auto completed = from.by_state.find(slurm::JobState::kCompleted);
  v1::Cluster::JobCounts to;
  to.set_live(from.total - from.ended);
  to.set_ended(from.ended);
  to.set_failed(from.ended -
                (completed == from.by_state.end() ? 0 : completed->second));
  return to;
}

absl::Status CheckIsNamed(const std::string& cluster) {
  if (!cluster.empty()) return absl::OkStatus();
  return InvalidField("cluster", "is missing; give a cluster's name");
}

absl::Status NotFound(std::vector<std::string> names,
                      const std::string& cluster) {
  if (names.size() > kMostNames) {
    names.resize(kMostNames);
    names.push_back("...");
  }
  const std::string shown = ToPrintable(cluster.substr(0, kLongestName));
  return WithReason(absl::NotFoundError(absl::StrCat(
                        "no cluster '", shown, "' is watched here, but ",
                        ToPrintable(absl::StrJoin(names, ", ")))),
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

// What the store tells of clusters.
struct Known {
  absl::StatusOr<std::vector<Replica>> replicas;
  std::map<std::string, v1::Cluster> notes = {};
  std::optional<std::map<std::string, JobCounts>> counts = std::nullopt;
};

// `own` is what this replica knows of it; null where it does not watch it.
v1::Cluster ClusterProto(const std::string& name,
                         const ClusterWatch::Snapshot* own,
                         const Known& known) {
  v1::Cluster to;
  const std::string poller = PollerOf(known.replicas, name);
  const auto note = known.notes.find(name);
  if (note != known.notes.end() && (own == nullptr || !own->is_mine)) {
    to = note->second;
  } else if (own != nullptr) {
    to = ToProto(*own);
  }
  if (poller.empty() && (own == nullptr || !own->is_mine)) {
    // It was so when it was polled.
    to.set_status(v1::Health::STATUS_UNSPECIFIED);
    to.clear_components();
    to.clear_next_poll_time();
  }
  to.set_name(ToValidUtf8(name));
  to.set_poller_replica_id(poller);
  if (known.counts.has_value()) {
    const auto counts = known.counts->find(name);
    *to.mutable_jobs() = CountsProto(
        counts == known.counts->end() ? JobCounts() : counts->second);
  }
  return to;
}

}  // namespace

absl::StatusOr<v1::ListClustersResponse> ListClusters(Monitor* monitor) {
  Known known = {monitor->replicas().List()};
  // A store that does not answer is not waited for once more.
  if (known.replicas.ok()) {
    auto notes = monitor->cluster_notes().Read();
    if (notes.ok()) known.notes = *std::move(notes);
    auto counts = monitor->store()->CountJobsByCluster();
    if (counts.ok()) known.counts = *std::move(counts);
  }
  v1::ListClustersResponse response;
  std::set<std::string> others;
  for (const auto& [name, note] : known.notes) others.insert(name);
  if (known.counts.has_value()) {
    for (const auto& [name, counts] : *known.counts) others.insert(name);
  }
  for (const ClusterWatch::Snapshot& cluster : monitor->GetClusters()) {
    *response.add_clusters() = ClusterProto(cluster.name, &cluster, known);
    others.erase(cluster.name);
  }
  response.mutable_clusters(0)->set_is_default(true);
  for (const std::string& name : others) {
    *response.add_clusters() = ClusterProto(name, nullptr, known);
  }
  return response;
}

absl::StatusOr<v1::Cluster> GetCluster(Monitor* monitor,
                                       const std::string& name) {
  SMON_RETURN_IF_ERROR(CheckIsNamed(name));
  SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse all,
                        ListClusters(monitor));
  std::vector<std::string> names;
  for (const v1::Cluster& cluster : all.clusters()) {
    if (cluster.name() == ToValidUtf8(name)) return cluster;
    names.push_back(cluster.name());
  }
  return NotFound(names, name);
}

absl::Status CheckIsWatched(const Monitor& monitor,
                            const std::string& cluster) {
  SMON_RETURN_IF_ERROR(CheckIsNamed(cluster));
  std::vector<std::string> names;
  for (const ClusterWatch::Snapshot& one : monitor.GetClusters()) {
    if (one.name == cluster) return absl::OkStatus();
    names.push_back(one.name);
  }
  return NotFound(names, cluster);
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
