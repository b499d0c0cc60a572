#include "server/monitor/breaker.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

class BreakerTest : public ::testing::Test {
 protected:
  absl::Time now_ = absl::FromUnixSeconds(1700000000);
  Breaker breaker_{[] { return 0.999; }};

  void Open() {
    while (!breaker_.open()) breaker_.OnUnavailable(now_);
  }
};

TEST_F(BreakerTest, OneFailureIsNoOutage) {
  breaker_.OnUnavailable(now_);
  EXPECT_EQ(breaker_.NextTurn(now_), now_);
  breaker_.OnAnswered();
  breaker_.OnUnavailable(now_);
  breaker_.OnUnavailable(now_);
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, WhileOpenOneRequestGoesOutAtATime) {
  Open();
  const absl::Time turn = breaker_.NextTurn(now_);
  EXPECT_GT(turn, now_);
  breaker_.OnSent(turn);
  EXPECT_GT(breaker_.NextTurn(turn), turn + absl::Minutes(1));
}

TEST_F(BreakerTest, IntervalsGrowToAHalfMinuteAndNoFarther) {
  Open();
  absl::Duration longest;
  for (int i = 0; i < 20; ++i) {
    now_ = breaker_.NextTurn(now_);
    breaker_.OnSent(now_);
    breaker_.OnUnavailable(now_);
    const absl::Duration wait = breaker_.NextTurn(now_) - now_;
    EXPECT_GE(wait, longest);
    longest = wait;
  }
  EXPECT_GT(longest, absl::Seconds(29));
  EXPECT_LE(longest, absl::Seconds(30));
}

TEST_F(BreakerTest, RequestsThatWereInFlightWhenItOpenedDoNotLengthenIt) {
  Open();
  const absl::Time turn = breaker_.NextTurn(now_);
  for (int i = 0; i < 16; ++i) breaker_.OnUnavailable(now_);
  EXPECT_EQ(breaker_.NextTurn(now_), turn);
}

TEST_F(BreakerTest, AnAnswerClosesIt) {
  Open();
  breaker_.OnSent(breaker_.NextTurn(now_));
  breaker_.OnAnswered();
  EXPECT_EQ(breaker_.NextTurn(now_), now_);
}

}  // namespace
}  // namespace smon
