#ifndef SMON_SERVER_MONITOR_POLL_PACE_H_
#define SMON_SERVER_MONITOR_POLL_PACE_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "server/monitor/backoff.h"

namespace smon {

// When the next poll comes. The interval that was asked for, with some jitter,
// so that many smonsvc (or other tools) do not ask at the same moment; but:
// - sooner after a failure, and while there is more to read than one poll
// takes;
// - later while Slurm is slow, so that polling takes at most a tenth of the
//   time: a slow controller has enough to do. At most 15 minutes later.
class PollPace {
 public:
  // `cluster` is for the log.
  explicit PollPace(absl::Duration interval, std::string cluster = "")
      : interval_(interval), cluster_(std::move(cluster)) {}

  struct Poll {
    bool ok = true;
    bool has_more = false;      // to read at once
    absl::Duration slurm_time;  // that its commands took
  };
  // From the start of this poll to that of the next.
  absl::Duration After(const Poll& poll, const Random& random);

  // Another interval, from the next After() on.
  void SetInterval(absl::Duration interval);

  // The interval without jitter, longer than asked for while Slurm is slow.
  absl::Duration current_interval() const { return current_; }

 private:
  void Stretch(absl::Duration slurm_time);

  absl::Duration interval_;
  const std::string cluster_;
  absl::Duration current_ = interval_;
  int failures_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_POLL_PACE_H_
