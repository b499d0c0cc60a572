#include "server/monitor/poll_pace.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

double Half() { return 0.5; }  // no jitter

PollPace::Poll Took(absl::Duration slurm_time) {
  PollPace::Poll poll;
  poll.slurm_time = slurm_time;
  return poll;
}

TEST(PollPace, KeepsTheIntervalGiveOrTakeATwentieth) {
  PollPace pace(absl::Seconds(100));
  EXPECT_EQ(pace.After(Took(absl::Seconds(1)), Half), absl::Seconds(100));
  EXPECT_EQ(pace.After(Took(absl::Seconds(1)), [] { return 0.0; }),
            absl::Seconds(95));
}

TEST(PollPace, StretchesSoThatASlowSlurmIsAskedATenthOfTheTime) {
  PollPace pace(absl::Seconds(30));
  EXPECT_EQ(pace.After(Took(absl::Seconds(9)), Half), absl::Seconds(90));
  EXPECT_EQ(pace.current_interval(), absl::Seconds(90));
  EXPECT_EQ(pace.After(Took(absl::Seconds(1)), Half), absl::Seconds(30));
  EXPECT_EQ(pace.current_interval(), absl::Seconds(30));
}

TEST(PollPace, StretchesByAQuarterOfAnHourAtMost) {
  PollPace pace(absl::Minutes(3));
  EXPECT_EQ(pace.After(Took(absl::Hours(1)), Half), absl::Minutes(18));
}

TEST(PollPace, AfterAFailureItComesSoonerAndThenLessAndLess) {
  PollPace pace(absl::Minutes(3));
  PollPace::Poll failed = Took(absl::Milliseconds(1));
  failed.ok = false;
  EXPECT_EQ(pace.After(failed, Half), absl::Seconds(5));
  EXPECT_EQ(pace.After(failed, Half), absl::Seconds(10));
  for (int i = 0; i < 20; ++i) pace.After(failed, Half);
  EXPECT_EQ(pace.After(failed, Half), absl::Seconds(160));
  pace.After(Took(absl::Seconds(1)), Half);
  EXPECT_EQ(pace.After(failed, Half), absl::Seconds(5));
}

TEST(PollPace, AControllerThatHangsIsLeftInPeaceForTwiceAsLong) {
  PollPace pace(absl::Minutes(3));
  PollPace::Poll failed = Took(absl::Seconds(20));
  failed.ok = false;
  EXPECT_EQ(pace.After(failed, Half), absl::Seconds(40));
}

TEST(PollPace, WhatIsLeftToReadIsReadSoon) {
  PollPace pace(absl::Minutes(3));
  PollPace::Poll poll = Took(absl::Seconds(1));
  poll.has_more = true;
  EXPECT_EQ(pace.After(poll, Half), absl::Seconds(5));
}

}  // namespace
}  // namespace smon
