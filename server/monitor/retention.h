#ifndef SMON_SERVER_MONITOR_RETENTION_H_
#define SMON_SERVER_MONITOR_RETENTION_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/monitor/store.h"

namespace smon {

// Keeps the Store from growing without end: removes the jobs of one cluster
// that ended too long ago, and those that ended first when there are too many.
// What still is to be delivered stays, and what Slurm may tell of again: as an
// unknown job, it would be sent a second time. Not thread-safe.
class Retention {
 public:
  struct Options {
    absl::Duration age = 90 * absl::Hours(24);  // since the end; 0: for ever
    int64_t jobs = 1000000;                     // 0: however many
  };

  // Jobs removed, since the start of the process.
  struct Totals {
    int64_t by_age = 0;
    int64_t by_count = 0;
  };

  // Removes jobs of that cluster only. The pointers must outlive this object.
  Retention(Store* store, const Clock* clock, std::string cluster,
            Options options)
      : store_(store),
        clock_(clock),
        cluster_(std::move(cluster)),
        options_(options) {}

  void SetOptions(Options options) { options_ = options; }

  // Removes what is due, 10,000 jobs at most, in transactions so small that
  // nobody who writes waits for long, and logs how many. Slurm may tell again
  // of what ended at or after the time. Nothing is removed from a store that is
  // damaged: what is left is what can be rescued.
  absl::Status Run(absl::Time may_be_told_again);

  const Totals& totals() const { return totals_; }

 private:
  absl::Status RemoveAll(absl::Time may_be_told_again);
  // Removes at most `limit` of the jobs that ended before the time, in at most
  // `steps` transactions, which it counts down. Adds to `total`.
  absl::Status Remove(absl::Time ended_before, int64_t limit, int* steps,
                      int64_t* total);

  Store* const store_;
  const Clock* const clock_;
  const std::string cluster_;
  Options options_;
  Totals totals_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_RETENTION_H_
