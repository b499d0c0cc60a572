#include "server/monitor/heartbeat.h"

#include "gtest/gtest.h"
#include "server/monitor/answer_watch.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

TEST(HeartbeatTest, NothingIsExpectedOfALoopThatHasNotBegun) {
  FakeClock clock;
  const Heartbeat heartbeat(&clock);
  clock.Advance(absl::Hours(24 * 365));
  EXPECT_EQ(heartbeat.Overdue(), absl::ZeroDuration());
}

TEST(HeartbeatTest, IsOverdueOnceTheTimeThatWasGivenHasPassed) {
  FakeClock clock;
  Heartbeat heartbeat(&clock);
  heartbeat.Expect(absl::Minutes(2));
  clock.Advance(absl::Minutes(2));
  EXPECT_EQ(heartbeat.Overdue(), absl::ZeroDuration());
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(heartbeat.Overdue(), absl::Seconds(5));
  heartbeat.Expect(absl::Seconds(1));
  EXPECT_EQ(heartbeat.Overdue(), absl::ZeroDuration());
}

TEST(HeartbeatTest, AClockThatIsSetMakesNobodyOverdue) {
  FakeClock clock;
  Heartbeat heartbeat(&clock);
  heartbeat.Expect(absl::Minutes(1));
  clock.Set(clock.Now() + absl::Hours(1000));
  EXPECT_EQ(heartbeat.Overdue(), absl::ZeroDuration());
}

TEST(HeartbeatTest, NothingIsExpectedOfALoopThatEnds) {
  FakeClock clock;
  Heartbeat heartbeat(&clock);
  heartbeat.Expect(absl::Minutes(1));
  heartbeat.Expect(absl::InfiniteDuration());
  clock.Advance(absl::Hours(24 * 365));
  EXPECT_EQ(heartbeat.Overdue(), absl::ZeroDuration());
}

TEST(AnswerWatchTest, NobodyIsOverdueWhoWasNotAsked) {
  FakeClock clock;
  AnswerWatch watch(&clock, absl::Minutes(6));
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(watch.heartbeat().Overdue(), absl::ZeroDuration());
  watch.OnSent();
  watch.OnSent();
  clock.Advance(absl::Minutes(5));
  watch.OnSent();
  clock.Advance(absl::Minutes(2));
  // Counted from the first: the others are no answers.
  EXPECT_EQ(watch.heartbeat().Overdue(), absl::Minutes(1));
  watch.OnAnswered(0);
  EXPECT_EQ(watch.heartbeat().Overdue(), absl::Minutes(1));
  watch.OnAnswered(1);
  EXPECT_EQ(watch.heartbeat().Overdue(), absl::ZeroDuration());
  watch.OnAnswered(2);
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(watch.heartbeat().Overdue(), absl::ZeroDuration());
}

}  // namespace
}  // namespace smon
