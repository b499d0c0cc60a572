#ifndef SMON_SERVER_MONITOR_ANSWER_WATCH_H_
#define SMON_SERVER_MONITOR_ANSWER_WATCH_H_

#include <cstddef>

#include "absl/time/time.h"
#include "common/clock.h"
#include "server/monitor/heartbeat.h"

namespace smon {

// Shows whether answers come for the requests that are out. Each gets one
// within a timeout, be it that there was none; where none comes for long,
// whoever should give them hangs. Only heartbeat() is thread-safe.
class AnswerWatch {
 public:
  // `within` has room to spare. `clock` must outlive this object.
  AnswerWatch(const Clock* clock, absl::Duration within)
      : within_(within), heartbeat_(clock) {}

  void OnSent() {
    if (outstanding_++ == 0) heartbeat_.Expect(within_);
  }
  void OnAnswered(size_t answers) {
    if (answers == 0) return;
    outstanding_ -= answers;
    heartbeat_.Expect(outstanding_ > 0 ? within_ : absl::InfiniteDuration());
  }
  // No answer is waited for any more.
  void Stop() { heartbeat_.Expect(absl::InfiniteDuration()); }

  const Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  const absl::Duration within_;
  Heartbeat heartbeat_;
  size_t outstanding_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_ANSWER_WATCH_H_
