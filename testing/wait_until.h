#ifndef SMON_TESTING_WAIT_UNTIL_H_
#define SMON_TESTING_WAIT_UNTIL_H_

#include <functional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {

// Whether the condition holds before 30 seconds are over. For what another
// process or server does, which nothing here can wait on.
inline bool WaitUntil(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

}  // namespace smon

#endif  // SMON_TESTING_WAIT_UNTIL_H_
