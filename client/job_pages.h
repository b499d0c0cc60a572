#ifndef SMON_CLIENT_JOB_PAGES_H_
#define SMON_CLIENT_JOB_PAGES_H_

#include <cstdint>
#include <future>

#include "absl/status/statusor.h"
#include "client/connection.h"

namespace smon::client {

// All jobs that a request matches, page by page. The next page is on its way
// while this one is worked on, so that two are in memory, however many there
// are; until then the connection is in use. Not thread-safe.
//
//   JobPages pages(&connection, request, limit);
//   while (true) {
//     SMON_ASSIGN_OR_RETURN(const bool more, pages.Next(&page));
//     if (!more) break;
//     …
//   }
class JobPages {
 public:
  // As many as there are.
  static constexpr int64_t kMostJobs = 1000000000;

  // At most `limit` jobs, of at least 1.
  JobPages(Connection* connection, v1::ListJobsRequest request, int64_t limit);

  // The next page in `page`; false when there is none. INTERNAL for a smonsvc
  // that gives the same page again, else errors as of Connection::Call.
  absl::StatusOr<bool> Next(v1::ListJobsResponse* page);

 private:
  void Fetch();

  Connection& connection_;
  v1::ListJobsRequest request_;
  int64_t wanted_;
  std::future<absl::StatusOr<v1::ListJobsResponse>> coming_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_PAGES_H_
