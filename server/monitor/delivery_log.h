#ifndef SMON_SERVER_MONITOR_DELIVERY_LOG_H_
#define SMON_SERVER_MONITOR_DELIVERY_LOG_H_

#include "server/monitor/store.h"

namespace smon {

// Writes one line to the service's own log about a change that is stored: each
// verdict, each log that was given up, and for debugging each other answer.
// Each line about a delivery that ended has job_id and phase; a verdict's also
// action, reason, source, mode, seconds (from the submission to the verdict)
// and questions (how many the verdict took).
void LogDelivery(const DeliveryChange& change);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_DELIVERY_LOG_H_
