#include "client/cluster_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/table.h"
#include "client/time_format.h"

namespace smon::client {
namespace {

std::string StatusText(v1::Health::Status status) {
  return status == v1::Health::STATUS_UNSPECIFIED
             ? "unknown"
             : v1::Health::Status_Name(status);
}

Color StatusColor(v1::Health::Status status) {
  switch (status) {
    case v1::Health::OK:
      return Color::kGreen;
    case v1::Health::DEGRADED:
      return Color::kRed;
    default:
      return Color::kNone;
  }
}

// For people who it is; the id alone where that is all that is known, or where
// several were given the same name.
std::string ReplicaName(const v1::ListReplicasResponse& replicas,
                        const std::string& id) {
  std::string name;
  for (const v1::Replica& replica : replicas.replicas()) {
    if (replica.replica_id() == id) name = replica.name();
  }
  const auto same = std::count_if(
      replicas.replicas().begin(), replicas.replicas().end(),
      [&name](const v1::Replica& replica) { return replica.name() == name; });
  return name.empty() || same > 1 ? id : name;
}

// Of the part that does not work.
std::string LastError(const v1::Cluster& cluster) {
  for (const v1::Health::Component& part : cluster.components()) {
    if (part.status() == v1::Health::DEGRADED) {
      return absl::StrCat(part.name(), ": ", part.last_error());
    }
  }
  return "";
}

}  // namespace

std::string ClusterTable(const v1::ListClustersResponse& clusters,
                         const v1::ListReplicasResponse& replicas, bool wide,
                         const Terminal& terminal, absl::Time now,
                         absl::TimeZone zone, bool headers) {
  std::vector<Table::Column> columns = {
      {"DEFAULT", 0, 7}, {"CLUSTER", 8},   {"STATUS"},
      {"SLURM", 0, 6},   {"POLLED"},       {"LIVE", 0, 2},
      {"ENDED", 0, 4},   {"FAILED", 0, 3}, {"POLLER", 8, 5}};
  if (wide) {
    columns.push_back({"NEXT POLL", 0, 8});
    columns.push_back({"LAST ERROR", 24, 9});
  }
  Table table(std::move(columns), terminal, headers);
  const auto when = [&](bool present, const google::protobuf::Timestamp& time) {
    return present ? FormatRelative(FromProto(time), now, zone) : "";
  };
  for (const v1::Cluster& cluster : clusters.clusters()) {
    const auto count = [&cluster](int64_t jobs) {
      return cluster.has_jobs() ? absl::StrCat(jobs) : "";
    };
    std::vector<Table::Cell> cells = {
        {cluster.is_default() ? "*" : ""},
        {cluster.name()},
        {StatusText(cluster.status()), StatusColor(cluster.status())},
        {cluster.slurm_version()},
        {when(cluster.has_last_poll_time(), cluster.last_poll_time())},
        {count(cluster.jobs().live())},
        {count(cluster.jobs().ended())},
        {count(cluster.jobs().failed())},
        {ReplicaName(replicas, cluster.poller_replica_id())}};
    if (wide) {
      cells.push_back(
          {when(cluster.has_next_poll_time(), cluster.next_poll_time())});
      cells.push_back({LastError(cluster)});
    }
    table.AddRow(std::move(cells));
  }
  return table.TakeText();
}

std::string ReplicaTable(const v1::ListReplicasResponse& replicas,
                         const Terminal& terminal, absl::Time now,
                         absl::TimeZone zone) {
  Table table({{"REPLICA", 8},
               {"ROLE"},
               {"POLLS", 12},
               {"ADDRESS", 12, 2},
               {"VERSION", 0, 3},
               {"STARTED", 0, 4},
               {"SEEN", 0, 1},
               {"ANSWERS", 0, 5}},
              terminal);
  const auto when = [&](bool present, const google::protobuf::Timestamp& time) {
    return present ? FormatRelative(FromProto(time), now, zone) : "";
  };
  for (const v1::Replica& replica : replicas.replicas()) {
    const bool polls = !replica.polled_clusters().empty();
    const bool answers = replica.replica_id() == replicas.replica_id();
    table.AddRow(
        {{ReplicaName(replicas, replica.replica_id())},
         {polls ? "POLLER" : "STANDBY"},
         {absl::StrJoin(replica.polled_clusters(), ",")},
         {replica.address()},
         {replica.version()},
         {when(replica.has_start_time(), replica.start_time())},
         {when(replica.has_last_seen_time(), replica.last_seen_time())},
         {answers ? "*" : ""}});
  }
  return table.TakeText();
}

}  // namespace smon::client
