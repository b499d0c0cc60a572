#include "server/monitor/lane.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

class LaneTest : public ::testing::Test {
 protected:
  // Sends and is answered at once, at every turn for `period`.
  int SendFor(Lane* lane, absl::Duration period) {
    const absl::Time end = now_ + period;
    int sent = 0;
    while (now_ < end) {
      if (lane->TryAcquire(now_)) {
        lane->Release();
        ++sent;
      }
      now_ = std::max(lane->NextTurn(now_), now_ + absl::Milliseconds(1));
    }
    return sent;
  }

  absl::Time now_ = absl::FromUnixSeconds(1700000000);
};

TEST_F(LaneTest, KeepsToItsRateAndUsesNearlyAllOfIt) {
  Lane lane({"submit", 20, 100}, now_);
  const int sent = SendFor(&lane, absl::Seconds(60));
  EXPECT_LE(sent, 20 * 60 + 2);
  EXPECT_GE(sent, 20 * 60 * 0.95);
}

TEST_F(LaneTest, ALaneThatWasIdleDoesNotBurst) {
  Lane lane({"result", 1, 100}, now_);
  now_ += absl::Hours(1);
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_FALSE(lane.TryAcquire(now_));
  EXPECT_EQ(lane.NextTurn(now_), now_ + absl::Seconds(1));
}

TEST_F(LaneTest, WithoutARateOnlyTheSlotsBound) {
  Lane lane({"submit", 0, 3}, now_);
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_FALSE(lane.TryAcquire(now_));
  EXPECT_EQ(lane.NextTurn(now_), absl::InfiniteFuture());
  lane.Release();
  EXPECT_TRUE(lane.TryAcquire(now_));
}

TEST_F(LaneTest, A429HalvesTheRateOnceForRequestsThatWereInFlightTogether) {
  Lane lane({"submit", 16, 100}, now_);
  lane.OnRateLimited(now_, std::nullopt);
  lane.OnRateLimited(now_ + absl::Milliseconds(10), std::nullopt);
  EXPECT_EQ(lane.rate(), 8);
  lane.OnRateLimited(now_ + absl::Seconds(5), std::nullopt);
  EXPECT_EQ(lane.rate(), 4);
}

TEST_F(LaneTest, RetryAfterHoldsTheWholeLaneBack) {
  Lane lane({"submit", 0, 100}, now_);
  lane.OnRateLimited(now_, absl::Seconds(30));
  EXPECT_FALSE(lane.TryAcquire(now_ + absl::Seconds(29)));
  EXPECT_EQ(lane.NextTurn(now_), now_ + absl::Seconds(30));
  EXPECT_TRUE(lane.TryAcquire(now_ + absl::Seconds(30)));
}

TEST_F(LaneTest, TheRateClimbsBackSlowlyAndNeverAboveTheMaximum) {
  Lane lane({"submit", 16, 100}, now_);
  lane.OnRateLimited(now_, std::nullopt);
  double before = lane.rate();
  for (int second = 1; second <= 100; ++second) {
    now_ += absl::Seconds(1);
    lane.OnAnswered(now_);
    EXPECT_GE(lane.rate(), before);
    EXPECT_LE(lane.rate() - before, 0.021 * 16);
    before = lane.rate();
  }
  EXPECT_EQ(lane.rate(), 16);
}

TEST_F(LaneTest, TheRateNeverFallsToNothing) {
  Lane lane({"submit", 64, 100}, now_);
  for (int i = 0; i < 50; ++i) {
    now_ += absl::Minutes(2);
    lane.OnRateLimited(now_, std::nullopt);
  }
  EXPECT_EQ(lane.rate(), 1);
}

}  // namespace
}  // namespace smon
