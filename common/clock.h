#ifndef SMON_COMMON_CLOCK_H_
#define SMON_COMMON_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {

// The time of day, handed in so that a test can set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace smon

#endif  // SMON_COMMON_CLOCK_H_
