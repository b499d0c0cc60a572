#ifndef SMON_SERVER_API_JOB_REQUESTS_H_
#define SMON_SERVER_API_JOB_REQUESTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/api/text_signer.h"
#include "server/monitor/resubmission.h"
#include "server/monitor/store.h"

namespace smon {

// Reads and checks a ListJobsRequest. INVALID_ARGUMENT names each field that is
// wrong, its value and what it takes.
absl::StatusOr<JobQuery> ReadListJobsRequest(const v1::ListJobsRequest& request,
                                             const TextSigner& signer);

// The request with the fields of its read_mask named as in the proto: over HTTP
// they come in a URL, where the gateway leaves JSON's names as they are.
v1::ListJobsRequest WithProtoNames(v1::ListJobsRequest request);

// What a ResubmitJobsRequest asks for.
struct ResubmitJobsQuery {
  JobFilter filter;
  int64_t max_jobs = 0;
  ResubmitOrder order;  // but for its time
};

// Reads and checks a request. The order of a ResubmitJobsRequest has a new
// request_id when the request has none. Errors as above.
absl::StatusOr<ResubmitOrder> ReadResubmitJobRequest(
    const v1::ResubmitJobRequest& request);
absl::StatusOr<ResubmitJobsQuery> ReadResubmitJobsRequest(
    const v1::ResubmitJobsRequest& request);

// What a WatchJobsRequest asks for.
struct WatchQuery {
  JobFilter filter;
  // The cursor's position; none to start now.
  std::optional<ChangePosition> after;
};
absl::StatusOr<WatchQuery> ReadWatchJobsRequest(
    const v1::WatchJobsRequest& request, const TextSigner& signer);

// The next_page_token for a page of `request` that ends at `position`.
std::string NextPageToken(const v1::ListJobsRequest& request,
                          const JobQuery::Position& position,
                          const TextSigner& signer);

}  // namespace smon

#endif  // SMON_SERVER_API_JOB_REQUESTS_H_
