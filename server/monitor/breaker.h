#ifndef SMON_SERVER_MONITOR_BREAKER_H_
#define SMON_SERVER_MONITOR_BREAKER_H_

#include <utility>

#include "absl/time/time.h"
#include "server/monitor/backoff.h"

namespace smon {

// Keeps requests back from a server that does not answer: after some failures
// in a row it lets one request through at a time, at growing intervals, until
// one is answered. An outage then costs time, not attempts. Not thread-safe.
class Breaker {
 public:
  explicit Breaker(Random random) : random_(std::move(random)) {}

  // When the next request may go out: `now`, or later while open.
  absl::Time NextTurn(absl::Time now) const;
  // A request went out.
  void OnSent(absl::Time now);

  void OnAnswered();
  void OnUnavailable(absl::Time now);

  bool open() const { return failures_ >= kFailuresToOpen; }

 private:
  static constexpr int kFailuresToOpen = 3;
  static constexpr Backoff kIntervals{absl::Seconds(1), absl::Seconds(30)};

  const Random random_;
  int failures_ = 0;
  bool trying_ = false;  // while open: the one request is out
  absl::Time next_try_ = absl::InfinitePast();
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_BREAKER_H_
