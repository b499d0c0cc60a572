#ifndef SMON_SERVER_API_JOB_REQUESTS_H_
#define SMON_SERVER_API_JOB_REQUESTS_H_

#include "absl/status/statusor.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/store.h"

namespace smon {

// Reads and checks a ListJobsRequest. INVALID_ARGUMENT names the field, its
// value and what it takes.
absl::StatusOr<JobQuery> ReadListJobsRequest(
    const v1::ListJobsRequest& request);

// The next_page_token for a page of `request` that ends at `position`.
std::string NextPageToken(const v1::ListJobsRequest& request,
                          const JobQuery::Position& position);

}  // namespace smon

#endif  // SMON_SERVER_API_JOB_REQUESTS_H_
