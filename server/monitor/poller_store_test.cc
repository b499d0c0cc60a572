// What a poll does while the Store cannot take what it found.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/poller.h"
#include "server/monitor/poller_fixture.h"
#include "testing/no_space.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

// A Poller without accounting on a Store in a file.
class PollerStoreTest : public PollerTest {
 protected:
  PollerStoreTest() {
    std::string folder = ::testing::TempDir() + "/poller-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    poller_.reset();
    store_ = *OpenStore("sqlite://" + folder_ + "/s.db", &clock_);
    options_.has_accounting = false;
    Restart();
  }
  ~PollerStoreTest() override {
    poller_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
};

// That its delivery starts is all that such a poll has to store.
TEST_F(PollerStoreTest, AHeldLogThatCannotBeReleasedMakesTheStoreUnhealthy) {
  slurm::JobRecord task = RunningRecord("20_1", 21, t0_);
  task.array_job_id = 20;
  task.array_task_id = 1;
  task.stdout_pattern = "/home/alice/all-%A.out";
  SetQueue({Ended(task, slurm::JobState::kFailed, {1, 0}, t0_)});
  slurm_.queue->waiting_arrays = {20};
  ASSERT_TRUE(Poll().ok());
  slurm_.queue->waiting_arrays.clear();
  {
    const NoSpace no_space(4096);
    EXPECT_TRUE(absl::IsUnavailable(Poll()));
    EXPECT_TRUE(absl::IsUnavailable(Poll()));
    EXPECT_FALSE(store_health_.Get().healthy);
    EXPECT_THAT(store_health_.Get().last_error, HasSubstr(folder_));
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_1").delivery.phase, Phase::kPending);
  EXPECT_TRUE(store_health_.Get().healthy);
}

}  // namespace
}  // namespace smon
