#ifndef SMON_CLIENT_CLUSTER_TABLE_H_
#define SMON_CLIENT_CLUSTER_TABLE_H_

#include <string>

#include "absl/time/time.h"
#include "client/terminal.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// The clusters side by side; a star is at the default one. `wide`: with when
// each is polled next, and what went wrong last.
std::string ClusterTable(const v1::ListClustersResponse& clusters,
                         const v1::ListReplicasResponse& replicas, bool wide,
                         const Terminal& terminal, absl::Time now,
                         absl::TimeZone zone, bool headers = true);

// The replicas, what each does for the clusters, and which one answers.
std::string ReplicaTable(const v1::ListReplicasResponse& replicas,
                         const Terminal& terminal, absl::Time now,
                         absl::TimeZone zone);

}  // namespace smon::client

#endif  // SMON_CLIENT_CLUSTER_TABLE_H_
