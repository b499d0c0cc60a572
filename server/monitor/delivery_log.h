#ifndef SMON_SERVER_MONITOR_DELIVERY_LOG_H_
#define SMON_SERVER_MONITOR_DELIVERY_LOG_H_

#include "server/monitor/store.h"

namespace smon {

// Writes one line to the service's own log about a change that is stored: each
// verdict, each log that was given up, and for debugging each other answer. A
// verdict's line has job_id, action, reason, source, mode, seconds (from the
// submission to the verdict) and questions (how many the verdict took).
void LogDelivery(const DeliveryChange& change);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_DELIVERY_LOG_H_
