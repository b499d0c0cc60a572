#include "server/monitor/handover.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

using absl::Minutes;
using absl::Seconds;

class HandoverTest : public ::testing::Test {
 protected:
  // For how long the cluster is left to others after a poll that ends then.
  std::optional<absl::Duration> Failed(absl::Duration later) {
    return handover_.AfterPoll(false, now_ += later);
  }
  void Answered(absl::Duration later) {
    EXPECT_EQ(handover_.AfterPoll(true, now_ += later), std::nullopt);
  }
  // Polls fail, one each five seconds, until the cluster is left to others.
  // How long that took.
  absl::Duration FailUntilLeft(absl::Duration expected_rest) {
    const absl::Duration start = now_;
    for (int i = 0; i < 1000; ++i) {
      if (const auto rest = Failed(Seconds(5)); rest.has_value()) {
        EXPECT_EQ(*rest, expected_rest);
        return now_ - start;
      }
    }
    ADD_FAILURE() << "never left to others";
    return absl::InfiniteDuration();
  }

  Handover handover_;
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(HandoverTest, AfterHalfAMinuteOfFailures) {
  EXPECT_EQ(Failed(Seconds(0)), std::nullopt);
  for (int i = 0; i < 29; ++i) EXPECT_EQ(Failed(Seconds(1)), std::nullopt) << i;
  EXPECT_EQ(Failed(Seconds(1)), Minutes(1));
}

TEST_F(HandoverTest, AfterThreeFailuresWhereEachTakesLong) {
  EXPECT_EQ(Failed(Minutes(5)), std::nullopt);
  EXPECT_EQ(Failed(Minutes(5)), std::nullopt);
  EXPECT_EQ(Failed(Minutes(5)), Minutes(1));
}

TEST_F(HandoverTest, AnAnswerStartsItAnew) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Failed(Seconds(25)), std::nullopt);
    EXPECT_EQ(Failed(Seconds(25)), std::nullopt);
    Answered(Seconds(25));
  }
}

TEST_F(HandoverTest, WhatFailedBeforeItWasTakenDoesNotCount) {
  EXPECT_EQ(Failed(Seconds(0)), std::nullopt);
  EXPECT_EQ(Failed(Seconds(20)), std::nullopt);
  handover_.Taken();
  EXPECT_EQ(Failed(Seconds(20)), std::nullopt);
  EXPECT_EQ(Failed(Seconds(20)), std::nullopt);
  EXPECT_EQ(Failed(Seconds(20)), Minutes(1));
}

TEST_F(HandoverTest, WhereNobodyElseReachesSlurmItGoesRoundEverMoreSlowly) {
  FailUntilLeft(Minutes(1));
  // Nobody has taken it.
  for (const int minutes : {2, 4, 8, 10, 10}) {
    handover_.Taken();
    const absl::Duration kept = FailUntilLeft(Minutes(minutes));
    EXPECT_GE(kept, std::min(Minutes(minutes) / 2, Minutes(8)));
    EXPECT_LE(kept, Minutes(10) + Seconds(5));
  }
  Answered(Seconds(5));
  EXPECT_LE(FailUntilLeft(Minutes(1)), Seconds(35));
}

}  // namespace
}  // namespace smon
