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
using ::testing::ElementsAre;

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
  EXPECT_THAT(History("12"), ElementsAre("seen by squeue: RUNNING; log path "
                                         "/home/alice/train-12.out"));
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

TEST_F(PollerTest, TextIsKeptByteForByteHoweverOftenItIsMerged) {
  JobRecord job = RunningRecord("12", 12, t0_);
  job.name = "a\xFF\\xff";
  job.work_dir = "/w\\x41";
  for (int poll = 0; poll < 3; ++poll) {
    job.reason = std::to_string(poll);
    SetQueue({job});
    ASSERT_TRUE(Poll().ok());
    Restart();
    EXPECT_EQ(Stored("12").record.name, job.name);
    EXPECT_EQ(Stored("12").record.work_dir, job.work_dir);
  }
  SetQueue({});
  SetAccounting({Ended(job, JobState::kCompleted, ExitStatus{0, 0}, t0_)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kCompleted);
  EXPECT_EQ(Stored("12").record.name, job.name);
}

TEST_F(PollerTest, APathIsToldFromTheExactBytesAlsoAfterARestart) {
  JobRecord looks_escaped = RunningRecord("12", 12, t0_);
  looks_escaped.state = JobState::kPending;
  looks_escaped.start_time.reset();
  looks_escaped.name = "a\\x41";
  JobRecord not_utf8 = looks_escaped;
  not_utf8.job_id = "13";
  not_utf8.raw_id = 13;
  not_utf8.name = "b\xFF";
  SetQueue({looks_escaped, not_utf8});
  ASSERT_TRUE(Poll().ok());
  Restart();
  SetQueue({});
  for (JobRecord* job : {&looks_escaped, &not_utf8}) {
    job->start_time = t0_;
    job->stdout_pattern.clear();
    *job = Ended(*job, JobState::kFailed, ExitStatus{1, 0}, t0_);
  }
  SetAccounting({looks_escaped, not_utf8});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").log.path, "/home/alice/a\\x41-12.out");
  EXPECT_EQ(Stored("13").log.path, "");
  EXPECT_THAT(
      Stored("13").log.error,
      ::testing::HasSubstr("'/home/alice/b\\xff-13.out' is not valid UTF-8"));
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

TEST_F(PollerTest, ARunningJobWhoseLogIsKnownIsTrackedOnceWhereThatIsOn) {
  SetQueue({RunningRecord("1", 1, t0_)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(Stored("1").tracking.untouched());
  options_.track_running = true;
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("1").tracking.next_attempt, clock_.Now());
  DeliveryChange registered;
  registered.job = Stored("1").id;
  registered.tracking = Tracking{absl::InfiniteFuture(), 1};
  ASSERT_TRUE(store_->CommitDeliveries({registered}).ok());
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("1").tracking.next_attempt, absl::InfiniteFuture());
}

TEST_F(PollerTest, AJobThatWritesNoFileIsNotTracked) {
  options_.track_running = true;
  Restart();
  slurm::JobRecord record = RunningRecord("1", 1, t0_);
  record.stdout_pattern = "/dev/null";
  SetQueue({record});
  ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(Stored("1").tracking.untouched());
}

}  // namespace
}  // namespace smon
