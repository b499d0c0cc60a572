#ifndef SMON_SERVER_CONFIG_RELOAD_RECORD_H_
#define SMON_SERVER_CONFIG_RELOAD_RECORD_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace smon {

// What came of reading the settings last, for those who show it. The start
// counts as a reading that succeeded. Thread-safe.
class ReloadRecord {
 public:
  struct Reading {
    absl::Status last;   // OK, or what was wrong: the settings of before stay
    absl::Time at;       // when that was
    absl::Time success;  // when it was OK last
  };

  // `clock` outlives this object.
  explicit ReloadRecord(const Clock* clock)
      : clock_(clock), reading_{absl::OkStatus(), clock->Now(), clock->Now()} {}

  // The settings were read just now.
  void Note(const absl::Status& outcome) {
    const absl::Time now = clock_->Now();
    MutexLock lock(&mu_);
    reading_.last = outcome;
    reading_.at = now;
    if (outcome.ok()) reading_.success = now;
  }

  Reading Get() const {
    MutexLock lock(&mu_);
    return reading_;
  }

 private:
  const Clock* const clock_;
  mutable Mutex mu_;
  Reading reading_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_RELOAD_RECORD_H_
