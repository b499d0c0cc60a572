#ifndef SMON_SERVER_MONITOR_LANE_H_
#define SMON_SERVER_MONITOR_LANE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace smon {

// Decides when the next request of one kind may go to attrsvc: a token bucket
// and a bound on requests in flight. The rate halves when attrsvc says that it
// is too high, and climbs back by the same step each second.
//
// `max_rate` is the limit that attrsvc enforces, so that a lane which runs at
// just that rate would be over it by one in some windows: what attrsvc counts
// is when requests arrive, and a bucket has a token to begin with. Requests go
// out at 97 % of the rate, evenly. No minute has more than 60 times max_rate of
// them, also where some arrive a second late. What a late wake-up missed is
// made up for, up to a fifth of a second's worth.
//
// Not thread-safe.
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
  // For what may wait for ever: the same, but only from a full bucket, so that
  // none of what matters is held up by it.
  bool TryAcquireSpare(absl::Time now);
  // Gives the slot back.
  void Release();
  // When TryAcquire, or TryAcquireSpare, may succeed, as far as the rate goes.
  // InfiniteFuture while all slots are taken.
  absl::Time NextTurn(absl::Time now) const;
  absl::Time NextSpareTurn(absl::Time now) const;

  void OnAnswered(absl::Time now);
  // An answer 429. Nothing goes out before `retry_after` (an hour at most, see
  // ParseRetryAfter), and the rate halves, but only once for requests that were
  // in flight together.
  void OnRateLimited(absl::Time now, std::optional<absl::Duration> retry_after);

  // Another max_rate, from now on.
  void SetMaxRate(double max_rate, absl::Time now);

  const Options& options() const { return options_; }
  double rate() const { return rate_; }  // 0 for no limit
  int in_flight() const { return in_flight_; }
  int free_slots() const { return options_.max_in_flight - in_flight_; }

 private:
  void Refill(absl::Time now);
  // Tokens a second, and the most that are kept; of no use without a rate.
  double Pace() const;
  double Full() const;
  bool Take(double least, absl::Time now);
  absl::Time WhenThereAre(double tokens, absl::Time now) const;

  Options options_;
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
