#include "server/monitor/lane.h"

#include <algorithm>

namespace smon {
namespace {

// Of the rate, and in seconds; the header says why. In a minute and a second
// there are at most 0.97 * 61 * rate + 1 + rate / 5 requests, which is below
// 60 * rate + 1.
constexpr double kPaceShare = 0.97;
constexpr double kLateness = 0.2;
// A rate never falls below this share of the maximum.
constexpr double kLeastShare = 1.0 / 64;
// Each second without a 429 gives back this share of the maximum.
constexpr double kRaiseShare = 0.02;
constexpr absl::Duration kRaiseEvery = absl::Seconds(1);
// Answers that come this soon after a slowdown belong to the same burst.
constexpr absl::Duration kSameBurst = absl::Seconds(1);
// Where a 429 does not say how long: doubled with each one in a row.
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr int kMostDoublings = 6;

}  // namespace

Lane::Lane(Options options, absl::Time now)
    : options_(std::move(options)),
      rate_(options_.max_rate),
      refilled_at_(now),
      raised_at_(now) {}

double Lane::Pace() const { return kPaceShare * rate_; }

double Lane::Full() const { return 1 + kLateness * rate_; }

void Lane::Refill(absl::Time now) {
  if (rate_ <= 0) return;
  if (now > refilled_at_) {
    tokens_ += Pace() * absl::ToDoubleSeconds(now - refilled_at_);
    tokens_ = std::min(tokens_, Full());
  }
  refilled_at_ = now;
}

bool Lane::TryAcquire(absl::Time now) { return Take(1, now); }

bool Lane::TryAcquireSpare(absl::Time now) { return Take(Full(), now); }

bool Lane::Take(double least, absl::Time now) {
  if (free_slots() <= 0 || now < paused_until_) return false;
  Refill(now);
  if (rate_ > 0) {
    // Rounding must not cost a turn.
    if (tokens_ < least - 1e-6) return false;
    tokens_ -= 1;
  }
  ++in_flight_;
  return true;
}

void Lane::Release() { --in_flight_; }

absl::Time Lane::NextTurn(absl::Time now) const { return WhenThereAre(1, now); }

absl::Time Lane::NextSpareTurn(absl::Time now) const {
  return WhenThereAre(Full(), now);
}

absl::Time Lane::WhenThereAre(double tokens, absl::Time now) const {
  if (free_slots() <= 0) return absl::InfiniteFuture();
  absl::Time turn = now;
  if (rate_ > 0) {
    const double missing = std::max(0.0, tokens - tokens_);
    turn = refilled_at_ + absl::Seconds(missing / Pace());
  }
  return std::max({turn, paused_until_, now});
}

void Lane::OnAnswered(absl::Time now) {
  pauses_in_a_row_ = 0;
  if (rate_ >= options_.max_rate || now - raised_at_ < kRaiseEvery) return;
  Refill(now);
  const double seconds =
      std::min(absl::ToDoubleSeconds(now - raised_at_), 10.0);
  rate_ = std::min(options_.max_rate,
                   rate_ + kRaiseShare * options_.max_rate * seconds);
  raised_at_ = now;
}

void Lane::SetMaxRate(double max_rate, absl::Time now) {
  if (max_rate == options_.max_rate) return;
  Refill(now);
  options_.max_rate = max_rate;
  rate_ = max_rate;
  tokens_ = std::min(tokens_, 1.0);
  refilled_at_ = raised_at_ = now;
}

void Lane::OnRateLimited(absl::Time now,
                         std::optional<absl::Duration> retry_after) {
  const bool same_burst = now - slowed_at_ < kSameBurst;
  if (!same_burst) {
    Refill(now);
    if (rate_ > 0) {
      rate_ = std::max(rate_ / 2, options_.max_rate * kLeastShare);
      tokens_ = std::min(tokens_, 1.0);
    }
    pauses_in_a_row_ = std::min(pauses_in_a_row_ + 1, kMostDoublings);
    slowed_at_ = raised_at_ = now;
  }
  const absl::Duration pause =
      retry_after.value_or(kPause * (1 << (pauses_in_a_row_ - 1)));
  paused_until_ = std::max(paused_until_, now + pause);
}

}  // namespace smon
