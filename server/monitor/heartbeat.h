#ifndef SMON_SERVER_MONITOR_HEARTBEAT_H_
#define SMON_SERVER_MONITOR_HEARTBEAT_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/clock.h"

namespace smon {

// Shows whether a loop still turns. The loop says again and again by when it
// will say so next, with room to spare: it is overdue when it has not.
//
//   heartbeat.Expect(absl::Minutes(15));  // what comes takes less than that
//   PollOnce();
//   heartbeat.Expect(nap + kSlack);
//
// Goes by the monotonic clock, so that a clock that is set ends nobody.
// Thread-safe.
class Heartbeat {
 public:
  // Nothing is expected before the first Expect. `clock` must outlive this.
  explicit Heartbeat(const Clock* clock) : clock_(clock) {}

  // The next call comes within that time. InfiniteDuration: the loop ends.
  void Expect(absl::Duration within) {
    next_nanos_ = absl::ToInt64Nanoseconds(clock_->Monotonic() + within);
  }

  // For how long the next call has been missing; zero while all is well.
  absl::Duration Overdue() const {
    return std::max(clock_->Monotonic() - absl::Nanoseconds(next_nanos_.load()),
                    absl::ZeroDuration());
  }

 private:
  const Clock* const clock_;
  std::atomic<int64_t> next_nanos_{INT64_MAX};
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_HEARTBEAT_H_
