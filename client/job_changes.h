#ifndef SMON_CLIENT_JOB_CHANGES_H_
#define SMON_CLIENT_JOB_CHANGES_H_

#include <functional>

#include "absl/status/status.h"
#include "client/connection.h"

namespace smon::client {

// What to do while jobs are watched. An error ends the watch.
struct JobChangeActions {
  // Once, when smonsvc watches: what changes from here on is told.
  std::function<absl::Status()> begin;
  std::function<absl::Status(const v1::Job&)> change;
  // When there was nothing to tell for a while.
  std::function<absl::Status()> heartbeat;
};

// Tells of the changes of the jobs that match until an action fails, or smonsvc
// refuses. When the stream breaks later on, says so on stderr and goes on where
// it was, for as long as it takes: no change is lost, and a smonsvc that is
// restarted is waited for.
absl::Status WatchJobs(v1::WatchJobsRequest request, Connection* connection,
                       const JobChangeActions& actions);

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_CHANGES_H_
