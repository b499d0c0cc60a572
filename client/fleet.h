#ifndef SMON_CLIENT_FLEET_H_
#define SMON_CLIENT_FLEET_H_

#include "absl/status/statusor.h"
#include "client/connection.h"

namespace smon::client {

// The clusters that smonsvc watches, and the replicas that do so. A smonsvc
// that is too old to know of these has none to tell. Errors as of
// Connection::Call.
absl::StatusOr<v1::ListClustersResponse> ReadClusters(Connection* connection);
absl::StatusOr<v1::ListReplicasResponse> ReadReplicas(Connection* connection);

// Whether jobs are to be shown with their clusters: there are several, and none
// is chosen by --cluster.
absl::StatusOr<bool> ShowsClusters(Connection* connection);

}  // namespace smon::client

#endif  // SMON_CLIENT_FLEET_H_
