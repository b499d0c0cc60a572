#include "server/monitor/lane.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "gtest/gtest.h"

namespace smon {
namespace {

class LaneTest : public ::testing::Test {
 protected:
  // When requests were sent that are answered at once, at every turn for
  // `period`; each time woken up too late by what `lateness` says.
  std::vector<absl::Time> SendFor(
      Lane* lane, absl::Duration period,
      const std::function<absl::Duration(size_t)>& lateness = Never) {
    const absl::Time end = now_ + period;
    std::vector<absl::Time> sent;
    while (now_ < end) {
      while (lane->TryAcquire(now_)) {
        lane->Release();
        sent.push_back(now_);
      }
      now_ = std::max(lane->NextTurn(now_) + lateness(sent.size()),
                      now_ + absl::Milliseconds(1));
    }
    return sent;
  }
  static absl::Duration Never(size_t) { return absl::ZeroDuration(); }

  static size_t MostWithin(absl::Duration window,
                           const std::vector<absl::Time>& sent) {
    size_t most = 0;
    size_t first = 0;
    for (size_t last = 0; last < sent.size(); ++last) {
      while (sent[last] - sent[first] >= window) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }

  absl::Time now_ = absl::FromUnixSeconds(1700000000);
};

TEST_F(LaneTest, UsesNearlyAllOfItsRateAndIsOverItInNoMinute) {
  for (const double rate : {0.1, 1.0, 20.0, 100.0}) {
    Lane lane({"submit", rate, 100}, now_);
    const auto sent = SendFor(&lane, absl::Minutes(30));
    EXPECT_GE(sent.size(), 0.965 * rate * 60 * 30) << rate;
    EXPECT_LE(MostWithin(absl::Minutes(1), sent), rate * 60) << rate;
  }
}

TEST_F(LaneTest, TakesAnotherRateWhileItRuns) {
  Lane lane({"submit", 1, 100}, now_);
  SendFor(&lane, absl::Minutes(1));
  lane.SetMaxRate(20, now_);
  EXPECT_EQ(lane.rate(), 20);
  const auto faster = SendFor(&lane, absl::Minutes(10));
  EXPECT_GE(faster.size(), 0.965 * 20 * 600);
  EXPECT_LE(MostWithin(absl::Minutes(1), faster), 20u * 60);
  lane.SetMaxRate(0, now_);
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_EQ(lane.NextTurn(now_), now_);
  lane.SetMaxRate(1, now_);
  const auto slower = SendFor(&lane, absl::Minutes(10));
  EXPECT_LE(MostWithin(absl::Minutes(1), slower), 60u);
}

TEST_F(LaneTest, NorWhenARequestArrivesASecondLate) {
  for (const double rate : {0.1, 1.0, 20.0, 100.0}) {
    Lane lane({"submit", rate, 100}, now_);
    const auto sent = SendFor(&lane, absl::Minutes(30));
    EXPECT_LE(MostWithin(absl::Seconds(61), sent), rate * 60) << rate;
  }
}

TEST_F(LaneTest, WakingUpLateCostsNoRequest) {
  for (const double rate : {1.0, 20.0}) {
    Lane lane({"submit", rate, 100}, now_);
    const auto sent = SendFor(&lane, absl::Minutes(30), [](size_t i) {
      return absl::Milliseconds(i * 37 % 150);
    });
    EXPECT_GE(sent.size(), 0.96 * rate * 60 * 30) << rate;
    EXPECT_LE(MostWithin(absl::Minutes(1), sent), rate * 60) << rate;
  }
}

TEST_F(LaneTest, ALaneThatWasIdleDoesNotBurst) {
  Lane lane({"result", 1, 100}, now_);
  now_ += absl::Hours(1);
  const auto sent = SendFor(&lane, absl::Minutes(2));
  EXPECT_LE(MostWithin(absl::Seconds(1), sent), 2u);
  EXPECT_LE(MostWithin(absl::Minutes(1), sent), 60u);
}

TEST_F(LaneTest, WhatMayWaitLeavesTokensForWhatMayNot) {
  Lane lane({"submit", 20, 100}, now_);
  now_ += absl::Seconds(10);
  EXPECT_TRUE(lane.TryAcquireSpare(now_));
  EXPECT_FALSE(lane.TryAcquireSpare(now_));
  EXPECT_TRUE(lane.TryAcquire(now_));
  EXPECT_TRUE(lane.TryAcquire(now_));
  const absl::Time turn = lane.NextSpareTurn(now_);
  EXPECT_GT(turn, lane.NextTurn(now_));
  EXPECT_FALSE(lane.TryAcquireSpare(turn - absl::Milliseconds(1)));
  EXPECT_TRUE(lane.TryAcquireSpare(turn));
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
