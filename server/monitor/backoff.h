#ifndef SMON_SERVER_MONITOR_BACKOFF_H_
#define SMON_SERVER_MONITOR_BACKOFF_H_

#include <functional>

#include "absl/time/time.h"

namespace smon {

// A number in [0, 1); handed in so that a test can choose it.
using Random = std::function<double()>;

// A thread-safe Random, seeded from the system.
Random SystemRandom();

// Exponential backoff with full jitter: the wait before attempt n + 1 is drawn
// from [0, min(maximum, initial * 2^n)], so that what failed together does not
// come back together.
struct Backoff {
  absl::Duration initial;
  absl::Duration maximum;

  // `failures` is how often it failed in a row so far, at least 1. The result
  // is at least a tenth of `initial`.
  absl::Duration Wait(int failures, const Random& random) const;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_BACKOFF_H_
