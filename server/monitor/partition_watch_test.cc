#include "server/monitor/partition_watch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_slurm_client.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

class PartitionWatchTest : public ::testing::Test {
 protected:
  PartitionWatchTest() { watch_.Load(now_); }

  int looks() { return slurm_.Counts().by_command["sinfo"].calls; }

  const absl::Time now_ = absl::FromUnixSeconds(1600000000);
  FakeSlurmClient slurm_;
  PartitionWatch watch_{&slurm_, {"batch"}};
};

TEST_F(PartitionWatchTest, LooksEveryTenMinutes) {
  EXPECT_FALSE(watch_.IsDue(now_ + absl::Minutes(9)));
  EXPECT_TRUE(watch_.IsDue(now_ + absl::Minutes(10)));
  watch_.Look(now_ + absl::Minutes(10));
  EXPECT_FALSE(watch_.IsDue(now_ + absl::Minutes(11)));
  EXPECT_TRUE(watch_.IsDue(now_)) << "the clock was set back";
}

TEST_F(PartitionWatchTest, NamesWhatIsGoneUntilItIsBack) {
  slurm_.partitions = std::vector<std::string>{"gpu"};
  watch_.Look(now_);
  EXPECT_THAT(
      std::string(watch_.status().message()),
      HasSubstr("partition 'batch' is gone from Slurm, which has: gpu"));
  EXPECT_TRUE(watch_.IsDue(now_)) << "with each poll";
  slurm_.partitions = absl::UnavailableError("Socket timed out");
  watch_.Look(now_);
  EXPECT_TRUE(absl::IsFailedPrecondition(watch_.status()));
  slurm_.partitions = std::vector<std::string>{"gpu", "batch"};
  watch_.Look(now_);
  EXPECT_TRUE(watch_.status().ok());
}

TEST_F(PartitionWatchTest, LooksOnceForSuspectQueuesInARow) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(watch_.AfterQueue(true).ok());
  EXPECT_EQ(looks(), 1);
  EXPECT_TRUE(watch_.AfterQueue(false).ok());
  EXPECT_TRUE(watch_.AfterQueue(true).ok());
  EXPECT_EQ(looks(), 2);
}

TEST_F(PartitionWatchTest, ASuspectQueueIsNotBelievedBeforeTheLookIsAnswered) {
  slurm_.partitions = absl::UnavailableError("Socket timed out");
  EXPECT_FALSE(watch_.AfterQueue(true).ok());
  EXPECT_FALSE(watch_.AfterQueue(true).ok());
  EXPECT_EQ(looks(), 2);
}

}  // namespace
}  // namespace smon
