#ifndef SMON_SERVER_MONITOR_HEALTH_CONVERT_H_
#define SMON_SERVER_MONITOR_HEALTH_CONVERT_H_

#include "absl/time/time.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/component_health.h"

namespace smon {

// The health of one part as the API has it. `next_attempt` is when it is used
// next; InfiniteFuture while it is.
v1::Health::Component ToProto(const ComponentHealth::Snapshot& from,
                              absl::Time next_attempt);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_HEALTH_CONVERT_H_
