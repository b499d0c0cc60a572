#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/poller.h"
#include "server/monitor/poller_fixture.h"

namespace smon {
namespace {

using slurm::ExitStatus;
using slurm::JobRecord;
using slurm::JobState;
using ::testing::HasSubstr;

TEST_F(PollerTest, AFailedSqueueIsNotTheEndOfAllJobs) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  slurm_.queue = absl::UnavailableError("Unable to contact slurm controller");
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(Poll(absl::Minutes(10)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
  EXPECT_FALSE(slurm_health_.Get().healthy);
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(slurm_health_.Get().healthy);
}

TEST_F(PollerTest, AnEmptyAnswerForARenamedPartitionIsNotTheEndOfAllJobs) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  slurm_.partitions = std::vector<std::string>{"gpu"};
  const absl::Status status = Poll(absl::Hours(1));
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("partition 'batch' is gone from Slurm, which has: gpu"));
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
}

TEST_F(PollerTest, APartitionThatIsGoneIsToldThoughNoJobIsMissing) {
  options_.partitions = {"batch", "gpu"};
  slurm_.partitions = std::vector<std::string>{"batch", "gpu"};
  Restart();
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  slurm_.partitions = std::vector<std::string>{"batch", "gpu-new"};
  ASSERT_TRUE(Poll(absl::Minutes(10)).ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_FALSE(slurm_health_.Get().healthy);
  EXPECT_THAT(slurm_health_.Get().last_error,
              HasSubstr("partition 'gpu' is gone"));
  SetQueue({Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                  ExitStatus{1, 0}, t0_ + absl::Minutes(11))});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending)
      << "the others are followed";
  slurm_.partitions = std::vector<std::string>{"batch", "gpu"};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(slurm_health_.Get().healthy);
}

TEST_F(PollerTest, AJobThatVanishedIsFinishedOnlyWhenAccountingDoesNotKnowIt) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning)
      << "accounting may be some seconds late";
  ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning)
      << "it may be in another partition";
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kFinished);
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);

  SetAccounting({Ended(RunningRecord("12", 12, t0_), JobState::kTimeout,
                       ExitStatus{0, 0}, t0_ + absl::Minutes(1))});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kTimeout);
  EXPECT_EQ(woken_, 1) << "the log is not sent again";
}

TEST_F(PollerTest, AJobThatMovedToAnotherPartitionIsFollowedToItsEnd) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  JobRecord moved = RunningRecord("12", 12, t0_);
  moved.partition = "elsewhere";
  SetQueue({});
  slurm_.elsewhere = Snapshot({moved});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
  EXPECT_EQ(Stored("12").record.partition, "elsewhere");

  slurm_.elsewhere->jobs = {Ended(moved, JobState::kFailed, ExitStatus{3, 0},
                                  t0_ + absl::Minutes(11))};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kFailed);
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
}

TEST_F(PollerTest, AJobThatEndedInAnotherPartitionHasItsTrueState) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  JobRecord moved = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                          ExitStatus{3, 0}, t0_ + absl::Minutes(1));
  moved.partition = "elsewhere";
  moved.from_accounting = true;
  slurm_.accounting_elsewhere = Snapshot({moved});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kFailed);
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{3, 0}));
  EXPECT_EQ(woken_, 1);
}

TEST_F(PollerTest, AJobThatIsNotWatchedAnyMoreHasNotEnded) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  options_.job_pattern = "eval";
  Restart();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kWaiting);
}

TEST_F(PollerTest, NobodyIsFinishedWhileTheWholeQueueCannotBeRead) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  slurm_.elsewhere = absl::UnavailableError("Socket timed out");
  for (int i = 0; i < 3; ++i) (void)Poll(absl::Minutes(2));
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
}

TEST_F(PollerTest, TheWholeQueueIsReadOnlyWhenAJobIsMissing) {
  SetQueue({RunningRecord("12", 12, t0_)});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
  EXPECT_EQ(slurm_.whole_queues_read, 0);
}

TEST_F(PollerTest, WithoutAccountingAVanishedJobIsFinished) {
  options_.has_accounting = false;
  Restart();
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kFinished);
  EXPECT_TRUE(slurm_.accounting_since.empty());
}

TEST_F(PollerTest, AJobWhoseRecordCannotBeReadHasNotEnded) {
  options_.has_accounting = false;
  Restart();
  SetQueue({RunningRecord("12", 12, t0_), RunningRecord("13", 13, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({RunningRecord("14", 14, t0_)});
  slurm::MalformedRecord broken;
  broken.command = "squeue";
  broken.text = "12?";
  broken.raw_id = 12;
  slurm_.queue->malformed = {broken};
  slurm_.queue->malformed_records = 1;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning);
  EXPECT_EQ(Stored("13").record.state, JobState::kFinished);
  EXPECT_EQ(poller_->totals().malformed_records, 3);
  ASSERT_EQ(poller_->totals().malformed.size(), 1u);
  EXPECT_EQ(poller_->totals().malformed[0].times, 3);

  slurm_.queue->malformed[0].raw_id.reset();
  SetQueue({});
  slurm_.queue->malformed = {broken};
  slurm_.queue->malformed[0].raw_id.reset();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("14").record.state, JobState::kRunning);
}

TEST_F(PollerTest, StrayTextKeepsNobodyFromEnding) {
  options_.has_accounting = false;
  Restart();
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  slurm::MalformedRecord warning;
  warning.is_record = false;
  slurm_.queue->malformed = {warning};
  slurm_.queue->malformed_records = 1;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kFinished);
}

}  // namespace
}  // namespace smon
