#ifndef SMON_SERVER_STORE_JOB_QUERY_H_
#define SMON_SERVER_STORE_JOB_QUERY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/monitor/store.h"
#include "soci/soci.h"

namespace smon {

// ListJobs, in the caller's transaction. Throws what SOCI throws.
absl::StatusOr<JobPage> QueryJobs(soci::session& session,
                                  const JobQuery& query);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_QUERY_H_
