#include "server/monitor/component_health.h"

#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

class ComponentHealthTest : public ::testing::Test {
 protected:
  void Report(int failures) {
    for (int i = 0; i < failures; ++i) {
      clock_.Advance(absl::Seconds(1));
      health_.Report(absl::UnavailableError("no route to\nhost"));
    }
  }
  void Succeed() {
    clock_.Advance(absl::Seconds(1));
    health_.Report(absl::OkStatus());
  }

  FakeClock clock_;
  ComponentHealth health_{"slurm", &clock_};
};

TEST_F(ComponentHealthTest, IsHealthyUntilSomethingFails) {
  EXPECT_TRUE(health_.Get().healthy);
  Report(1);
  EXPECT_FALSE(health_.Get().healthy);
  EXPECT_EQ(health_.Get().failure_rate, 1.0);
}

TEST_F(ComponentHealthTest, HalfOfTheRecentUsesFailingIsUnhealthy) {
  Report(1);
  Succeed();
  EXPECT_EQ(health_.Get().failure_rate, 0.5);
  EXPECT_FALSE(health_.Get().healthy);
}

TEST_F(ComponentHealthTest, LostDataStaysWithItsMessageWhateverComesLater) {
  health_.Report(absl::DataLossError("damaged"));
  Succeed();
  Succeed();
  clock_.Advance(absl::Hours(1));
  Succeed();
  Report(1);
  EXPECT_FALSE(health_.Get().healthy);
  EXPECT_EQ(health_.Get().last_error, "damaged");
}

TEST_F(ComponentHealthTest, TwoSuccessesEndALongOutage) {
  Report(100);
  const absl::Time began = health_.Get().since;
  EXPECT_EQ(clock_.Now() - began, absl::Seconds(99));
  Succeed();
  EXPECT_FALSE(health_.Get().healthy);
  Succeed();
  EXPECT_TRUE(health_.Get().healthy);
  EXPECT_EQ(health_.Get().since, clock_.Now());
}

TEST_F(ComponentHealthTest, DoesNotFlapWhenEveryOtherUseFails) {
  int changes = 0;
  bool before = true;
  for (int i = 0; i < 3000; ++i) {  // a minute
    clock_.Advance(absl::Milliseconds(20));
    health_.Report(i % 4 < 2 ? absl::UnavailableError("reset")
                             : absl::OkStatus());
    if (health_.Get().healthy != before) ++changes;
    before = health_.Get().healthy;
  }
  EXPECT_LE(changes, 25);
}

TEST_F(ComponentHealthTest, AUseThatAStopCutOffSaysNothing) {
  Succeed();
  health_.Report(absl::CancelledError("shutting down"));
  EXPECT_TRUE(health_.Get().healthy);
  EXPECT_EQ(health_.Get().last_error, "");
}

TEST_F(ComponentHealthTest, TheLastErrorIsRememberedWhenItIsOver) {
  Report(1);
  Succeed();
  Succeed();
  EXPECT_EQ(health_.Get().last_error, "no route to\nhost");
  EXPECT_LT(health_.Get().last_error_at, health_.Get().last_success_at);
}

}  // namespace
}  // namespace smon
