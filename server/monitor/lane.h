#ifndef SMON_SERVER_MONITOR_LANE_H_
#define SMON_SERVER_MONITOR_LANE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace smon {

// Decides when the next request of one kind may go to attrsvc: a token bucket
// and a bound on requests in flight. The rate halves when attrsvc says that it
// is too high, and climbs back slowly. Not thread-safe.
class Lane {
 public:
  struct Options {
    std::string name;
    double max_rate = 0;  // requests a second; 0 for no limit
    int max_in_flight = 1;
  };

  Lane(Options options, absl::Time now);

  // Takes a token and a slot, if there are both.
  bool TryAcquire(absl::Time now);
  // Gives the slot back.
  void Release();
  // When TryAcquire may succeed, as far as the rate goes. InfiniteFuture while
  // all slots are taken.
  absl::Time NextTurn(absl::Time now) const;

  void OnAnswered(absl::Time now);
  // An answer 429. Nothing goes out before `retry_after`, and the rate halves,
  // but only once for requests that were in flight together.
  void OnRateLimited(absl::Time now, std::optional<absl::Duration> retry_after);

  const Options& options() const { return options_; }
  double rate() const { return rate_; }  // 0 for no limit
  int in_flight() const { return in_flight_; }
  int free_slots() const { return options_.max_in_flight - in_flight_; }

 private:
  void Refill(absl::Time now);
  double Burst() const;

  const Options options_;
  double rate_;
  double tokens_ = 1;
  absl::Time refilled_at_;
  absl::Time paused_until_ = absl::InfinitePast();
  absl::Time slowed_at_ = absl::InfinitePast();
  absl::Time raised_at_;
  int pauses_in_a_row_ = 0;
  int in_flight_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_LANE_H_
