#ifndef SMON_SERVER_API_FLEET_H_
#define SMON_SERVER_API_FLEET_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/monitor.h"

namespace smon {

// The clusters that are watched and the replicas that watch them, as the API
// has them. May wait for the Store. Thread-safe.

// Every cluster: those that are watched here, the default one first, then those
// that others on the same store watch, or that have jobs in it.
absl::StatusOr<v1::ListClustersResponse> ListClusters(Monitor* monitor);

// One of these. INVALID_ARGUMENT without a name, NOT_FOUND.
absl::StatusOr<v1::Cluster> GetCluster(Monitor* monitor,
                                       const std::string& name);
// The same errors for a cluster that this replica does not watch.
absl::Status CheckIsWatched(const Monitor& monitor, const std::string& cluster);

// Adds which replica answers and what it does for each cluster. Waits for
// nothing.
void AddRoles(const Monitor& monitor, v1::Health* health);

// The replicas that are alive, the one that has run for longest first. The
// Store's errors.
absl::StatusOr<v1::ListReplicasResponse> ListReplicas(const Monitor& monitor);

}  // namespace smon

#endif  // SMON_SERVER_API_FLEET_H_
