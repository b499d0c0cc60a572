#ifndef SMON_SERVER_MONITOR_DELIVERY_H_
#define SMON_SERVER_MONITOR_DELIVERY_H_

#include "absl/time/time.h"
#include "server/monitor/analysis_time.h"
#include "server/monitor/attrsvc_client.h"
#include "server/monitor/backoff.h"
#include "server/monitor/job.h"
#include "server/monitor/store.h"

namespace smon {

// How long what is tried. All count from the moment named.
struct DeliveryPolicy {
  // A log that attrsvc cannot see yet is tried this long from the first answer
  // that says so: NFS shows it late. Time in which it is not tried, for attrsvc
  // is away or others are first, does not count.
  absl::Duration log_wait = absl::Minutes(10);
  // A verdict is awaited this long after attrsvc took the log. Time in which
  // attrsvc is away does not end it; an answer that cannot be read does.
  absl::Duration verdict_wait = absl::Hours(24);
};

// The life of one log, from the end of its job to a verdict or a reason why
// there is none (docs/ARCHITECTURE.md has the picture). Pure functions: an
// answer goes in, what to store comes out.

// What the end of a job starts. `log` is where its log was found.
Delivery StartDelivery(const slurm::LogPath& log, absl::Time now);

// `job` is as it was when the request was sent. `analyses` tells when to ask
// for the verdict.
DeliveryChange AfterSubmit(const Job& job, const Answer& answer,
                           const DeliveryPolicy& policy,
                           const AnalysisTime& analyses, absl::Time now,
                           const Random& random);
DeliveryChange AfterResult(const Job& job, const Answer& answer,
                           const DeliveryPolicy& policy,
                           const AnalysisTime& analyses, absl::Time now,
                           const Random& random);

// What Store::MoveDeliveries does to each, for one that is at hand.
void MoveDelivery(absl::Duration by, Delivery* delivery);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_DELIVERY_H_
