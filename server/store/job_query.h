#ifndef SMON_SERVER_STORE_JOB_QUERY_H_
#define SMON_SERVER_STORE_JOB_QUERY_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/monitor/store.h"
#include "soci/soci.h"

namespace smon {

// All jobs that match a filter.
struct JobMatches {
  int64_t total = 0;
  // The first submitted first; empty when there are more than were asked for.
  std::vector<int64_t> ids;
};

// In the caller's transaction. INVALID_ARGUMENT for a bad regular expression.
// Throws what SOCI throws.
absl::StatusOr<JobMatches> FindMatches(soci::session& session,
                                       const JobFilter& filter, int64_t most);

// ListJobs, in the caller's transaction. Throws what SOCI throws.
absl::StatusOr<JobPage> QueryJobs(soci::session& session,
                                  const JobQuery& query);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_QUERY_H_
