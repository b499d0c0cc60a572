#include "client/fleet.h"

#include "absl/status/status.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

template <typename Response>
absl::StatusOr<Response> OrNone(absl::StatusOr<Response> answer) {
  if (absl::IsUnimplemented(answer.status())) return Response();
  return answer;
}

}  // namespace

absl::StatusOr<v1::ListClustersResponse> ReadClusters(Connection* connection) {
  return OrNone(connection->Call(&v1::MonitorService::Stub::ListClusters,
                                 v1::ListClustersRequest()));
}

absl::StatusOr<v1::ListReplicasResponse> ReadReplicas(Connection* connection) {
  return OrNone(connection->Call(&v1::MonitorService::Stub::ListReplicas,
                                 v1::ListReplicasRequest()));
}

absl::StatusOr<bool> ShowsClusters(Connection* connection) {
  SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse clusters,
                        ReadClusters(connection));
  return clusters.clusters_size() > 1 && connection->cluster().empty();
}

}  // namespace smon::client
