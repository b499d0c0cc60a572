#ifndef SMON_COMMON_CLOCK_H_
#define SMON_COMMON_CLOCK_H_

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {

// What time it is, handed in so that a test can set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day. It may be set, forward and back.
  virtual absl::Time Now() const = 0;
  // Since some moment of the past. It is never set, and does not count time in
  // which the machine was suspended.
  virtual absl::Duration Monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  absl::Duration Monotonic() const override {
    return absl::FromChrono(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace smon

#endif  // SMON_COMMON_CLOCK_H_
