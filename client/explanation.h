#ifndef SMON_CLIENT_EXPLANATION_H_
#define SMON_CLIENT_EXPLANATION_H_

#include <string>

#include "absl/time/time.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// Why a job is where it is, in sentences for people: what is, what is in the
// way, what comes next, and what happened so far, with the time between. `job`
// is to have its history (view FULL); parts of `health` that do not work and
// keep this job waiting are named. Fit for a terminal of `columns` columns, to
// which it is wrapped; 0: lines as long as they are.
std::string ExplainJob(const v1::Job& job, const v1::Health& health,
                       absl::Time now, absl::TimeZone zone, int columns = 0);

}  // namespace smon::client

#endif  // SMON_CLIENT_EXPLANATION_H_
