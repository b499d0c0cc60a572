#ifndef SMON_TESTING_FAKE_CLOCK_H_
#define SMON_TESTING_FAKE_CLOCK_H_

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace smon {

// A clock that stands still until it is told to move. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1700000000))
      : now_(now) {}

  absl::Time Now() const override {
    MutexLock lock(&mu_);
    return now_;
  }
  absl::Duration Monotonic() const override {
    MutexLock lock(&mu_);
    return monotonic_;
  }
  // Sets the time of day; no time passes.
  void Set(absl::Time now) {
    MutexLock lock(&mu_);
    now_ = now;
  }
  // Lets time pass.
  void Advance(absl::Duration by) {
    MutexLock lock(&mu_);
    now_ += by;
    monotonic_ += by;
  }

 private:
  mutable Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
  absl::Duration monotonic_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_TESTING_FAKE_CLOCK_H_
