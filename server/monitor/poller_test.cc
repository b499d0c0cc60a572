#include "server/monitor/poller.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/poller_fixture.h"

namespace smon {
namespace {

using slurm::ExitStatus;
using slurm::JobRecord;
using slurm::JobState;

TEST_F(PollerTest, ARunningJobWaitsWithItsPathKnown) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kWaiting);
  EXPECT_EQ(Stored("12").log.path, "/home/alice/train-12.out");
  EXPECT_EQ(woken_, 0);
}

TEST_F(PollerTest, AnEndInTheQueueMakesTheLogDueAtOnce) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                  ExitStatus{1, 0}, t0_ + absl::Seconds(40))});
  ASSERT_TRUE(Poll().ok());
  const Job job = Stored("12");
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.exit_status, (ExitStatus{1, 0}));
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
  EXPECT_EQ(job.delivery.next_attempt, clock_.Now());
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(poller_->totals().jobs, 1);
  EXPECT_EQ(poller_->totals().with_log_path, 1);
}

TEST_F(PollerTest, AnEndThatIsSeenAgainAndAgainStartsOneDelivery) {
  const JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                              ExitStatus{1, 0}, t0_ + absl::Seconds(2));
  SetQueue({job});
  SetAccounting({job});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  Restart();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(store_->CountJobs()->total, 1);
}

TEST_F(PollerTest, APollThatSaysNothingNewWritesNothing) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  const absl::Time updated = Stored("12").updated_at;
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").updated_at, updated);
  EXPECT_EQ(History("12").size(), 2u) << "seen, and the log path";
}

TEST_F(PollerTest, OnlyJobsWhoseNameMatchesFromItsStartAreWatched) {
  options_.job_pattern = "train|eval";
  Restart();
  JobRecord other = RunningRecord("13", 13, t0_);
  other.name = "retrain";
  SetQueue({RunningRecord("12", 12, t0_), other});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(store_->CountJobs()->total, 1);
}

TEST_F(PollerTest, TextThatIsNotUtf8IsKeptReadable) {
  JobRecord job = RunningRecord("12", 12, t0_);
  job.name = "bad\xFFname";
  SetQueue({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.name, "bad\\xffname");
}

TEST_F(PollerTest, APollRunsThreeCommandsAtMost) {
  SetQueue({RunningRecord("12", 12, t0_)});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Poll().ok());
  const auto commands = [this] {
    return slurm_.counts.by_command["squeue"].calls +
           slurm_.counts.by_command["sacct"].calls +
           slurm_.counts.by_command["sinfo"].calls;
  };
  EXPECT_EQ(commands(), 10);
  // The queue loses all jobs, which are then looked for everywhere.
  SetQueue({});
  int polls = 0;
  while (Stored("12").record.state == JobState::kRunning) {
    const int64_t before = commands();
    ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
    EXPECT_LE(commands() - before, 3);
    ASSERT_LT(++polls, 10);
  }
  EXPECT_EQ(Stored("12").record.state, JobState::kFinished);
  EXPECT_EQ(slurm_.whole_queues_read, 1);
}

}  // namespace
}  // namespace smon
