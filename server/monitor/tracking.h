#ifndef SMON_SERVER_MONITOR_TRACKING_H_
#define SMON_SERVER_MONITOR_TRACKING_H_

#include "absl/time/time.h"
#include "server/monitor/attrsvc_client.h"
#include "server/monitor/backoff.h"
#include "server/monitor/job.h"
#include "server/monitor/store.h"

namespace smon {

// Registering the logs of running jobs early (--track_running): attrsvc may
// then follow them as they grow. Nothing depends on it, so little is done for
// it: it is tried a few times, and the log is handed over at the job's end all
// the same. Pure functions.

// Whether the job is one whose log is registered while it runs, and nothing was
// done for that yet: it runs, and writes to a file of its own that is known.
//
// Not a run after the first: attrsvc analyses the log of the run before, which
// mostly is the same file, and must not take it for one that is just written.
// For the same reason not a log that several tasks of an array write to.
bool IsToBeTracked(const Job& job);

// `job` is as it was when the request was sent.
DeliveryChange AfterTracking(const Job& job, const Answer& answer,
                             absl::Time now, const Random& random);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_TRACKING_H_
