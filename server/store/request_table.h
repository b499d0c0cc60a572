#ifndef SMON_SERVER_STORE_REQUEST_TABLE_H_
#define SMON_SERVER_STORE_REQUEST_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/monitor/resubmission.h"
#include "soci/soci.h"

namespace smon {

// A request that changed something, as it is remembered: for a day, and the
// last 10,000 of them.
struct Request {
  int64_t id = 0;  // the database's; grows with time
  // The only job that it was about; 0 where it was about many.
  int64_t job = 0;
  // What it has done so far.
  ResubmitReport report;
};

// The tables requests and request_jobs, in the caller's transaction. All throw
// what SOCI throws.

// False when no such request is remembered. INVALID_ARGUMENT when it was made
// with other arguments.
absl::StatusOr<bool> FindRequest(soci::session& session,
                                 const ResubmitOrder& order, Request* request);

// Remembers a request, sets its id, and forgets some that are old. `jobs` are
// those that are still to be done; sets report.left to their number. `now` is
// the time of day in microseconds.
void InsertRequest(soci::session& session, const ResubmitOrder& order,
                   const std::vector<int64_t>& jobs, int64_t now,
                   Request* request);

// Takes the next `limit` jobs that are still to be done, in order, and brings
// report.left up to date.
std::vector<int64_t> TakeJobs(soci::session& session, int64_t limit,
                              Request* request);

// Stores what the request has done by now.
void UpdateReport(soci::session& session, const Request& request);

}  // namespace smon

#endif  // SMON_SERVER_STORE_REQUEST_TABLE_H_
