#ifndef SMON_SERVER_MONITOR_DUE_QUEUE_H_
#define SMON_SERVER_MONITOR_DUE_QUEUE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/monitor/job.h"

namespace smon {

// Reads ahead from the Store the jobs of one kind that a request is due for,
// and knows when it may pay to look again. Holds some dozens of jobs; the queue
// itself is the Store.
//
// Times are of two clocks: `now` is the time of day, by which jobs are due;
// `steady_now` never goes back, and NextLook() is of it. Not thread-safe.
class DueQueue {
 public:
  // Jobs that are due by the time, at most that many.
  using Read = std::function<absl::StatusOr<std::vector<Job>>(absl::Time, int)>;
  // When the next one is due; InfiniteFuture for none.
  using Next = std::function<absl::StatusOr<absl::Time>()>;

  DueQueue(Read read, Next next)
      : read_(std::move(read)), next_(std::move(next)) {}

  // What is at hand is not there for other replicas: reads so many jobs ahead,
  // and looks at least so often for those that others have given back.
  void ShareWithOthers(int read_ahead, absl::Duration longest_nap) {
    read_ahead_ = read_ahead;
    longest_nap_ = longest_nap;
  }

  // Reads jobs if there are none at hand and it is time to look. Those that are
  // in flight are left out, also of those at hand: a job may be at hand in
  // several queues. After an error it is not time for a while.
  absl::Status Fill(absl::Time now, absl::Time steady_now,
                    const absl::flat_hash_set<int64_t>& in_flight);

  bool empty() const { return jobs_.empty(); }
  // The first job; there must be one.
  Job Take();
  // When Fill() will look, unless there are jobs at hand.
  absl::Time NextLook() const { return next_look_; }
  // The Store has changed: looks at the next Fill().
  void LookAgain() { next_look_ = absl::InfinitePast(); }
  // And what is at hand may be out of date.
  void Clear();

 private:
  absl::Status Look(absl::Time now, absl::Time steady_now,
                    const absl::flat_hash_set<int64_t>& in_flight);

  const Read read_;
  const Next next_;
  int read_ahead_ = 64;
  // The Store may hold due jobs that this process does not know of (a restored
  // backup, a clock that was set).
  absl::Duration longest_nap_ = absl::Seconds(30);
  std::deque<Job> jobs_;
  absl::Time next_look_ = absl::InfinitePast();
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_DUE_QUEUE_H_
