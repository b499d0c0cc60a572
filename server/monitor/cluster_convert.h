#ifndef SMON_SERVER_MONITOR_CLUSTER_CONVERT_H_
#define SMON_SERVER_MONITOR_CLUSTER_CONVERT_H_

#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/cluster_watch.h"

namespace smon {

// What is known of a cluster by who polls it, as the API has it. Without what
// the store knows: who that is, and the cluster's jobs.
v1::Cluster ToProto(const ClusterWatch::Snapshot& from);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_CLUSTER_CONVERT_H_
