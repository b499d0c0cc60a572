#include "server/monitor/heartbeat.h"

#include "gtest/gtest.h"
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

}  // namespace
}  // namespace smon
