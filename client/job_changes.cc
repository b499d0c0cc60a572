#include "client/job_changes.h"

#include <algorithm>
#include <cstdio>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/session.h"

namespace smon::client {
namespace {

constexpr absl::Duration kFirstDelay = absl::Milliseconds(200);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);

// smonsvc says something every 15 s.
constexpr absl::Duration kLongestSilence = absl::Seconds(45);

// What a broken stream ends with; all else is a refusal.
bool IsBreak(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

absl::Status WatchJobs(v1::WatchJobsRequest request, Connection* connection,
                       const JobChangeActions& actions) {
  bool begun = false;
  bool broken = false;
  absl::Duration delay = kFirstDelay;
  absl::Status of_action;
  const auto take = [&](const v1::WatchJobsResponse& response) {
    if (broken) std::fputs("smonctl: connected again\n", stderr);
    broken = false;
    delay = kFirstDelay;
    if (!begun) of_action = actions.begin();
    begun = true;
    if (of_action.ok()) {
      of_action = response.has_job() ? actions.change(response.job())
                                     : actions.heartbeat();
    }
    request.set_cursor(response.cursor());
    return of_action.ok();
  };
  while (true) {
    const absl::Status status =
        connection->WatchJobs(request, kLongestSilence, take);
    if (!of_action.ok()) return of_action;
    if (!begun || !IsBreak(status)) return status;
    if (!broken) {
      PrintError(status);
      std::fputs("smonctl: trying again, to go on where it was\n", stderr);
    }
    broken = true;
    absl::SleepFor(delay);
    delay = std::min(2 * delay, kLongestDelay);
  }
}

}  // namespace smon::client
