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

TEST_F(PollerTest, ARequeuedRunAndItsNextRunAreTwoEntries) {
  JobRecord first = RunningRecord("12", 12, t0_);
  first.restart_count = 0;
  SetQueue({first});
  ASSERT_TRUE(Poll().ok());
  JobRecord second = RunningRecord("12", 12, t0_ + absl::Minutes(1));
  second.restart_count = 1;
  SetQueue({second});
  SetAccounting({Ended(first, JobState::kNodeFail, ExitStatus{1, 0},
                       t0_ + absl::Minutes(1))});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(store_->GetJob("", "12", 0)->record.state, JobState::kNodeFail);
  EXPECT_EQ(store_->GetJob("", "12", 0)->delivery.phase, Phase::kPending);
  EXPECT_EQ(store_->GetJob("", "12", 1)->record.state, JobState::kRunning);
}

TEST_F(PollerTest, ARunThatWasRequeuedByHandEndsAtOnce) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  JobRecord second = RunningRecord("12", 12, t0_ + absl::Minutes(1));
  second.restart_count = 1;
  SetQueue({second});
  ASSERT_TRUE(Poll(absl::Seconds(1)).ok());
  EXPECT_EQ(store_->GetJob("", "12", 0)->record.state, JobState::kRequeued);
  EXPECT_EQ(store_->GetJob("", "12", 0)->delivery.phase, Phase::kPending);
  EXPECT_EQ(store_->GetJob("", "12", 1)->delivery.phase, Phase::kWaiting);
}

class HetPollerTest : public PollerTest {
 protected:
  JobRecord Component(int offset) {
    JobRecord record =
        RunningRecord("36+" + std::to_string(offset), 36 + offset, t0_);
    record.het_job_id = 36;
    record.het_offset = offset;
    record.is_batch = offset == 0;
    if (offset > 0) record.batch_host.clear();
    record.stdout_pattern = "/home/alice/het-%j.out";
    return record;
  }
  JobRecord EndedComponent(int offset) {
    return Ended(Component(offset), JobState::kFailed, ExitStatus{2, 0},
                 t0_ + absl::Seconds(5));
  }
};

TEST_F(HetPollerTest, ComponentsShareTheLogOfTheFirst) {
  SetQueue({EndedComponent(1), EndedComponent(0)});
  ASSERT_TRUE(Poll().ok());
  const Job leader = Stored("36+0");
  const Job follower = Stored("36+1");
  EXPECT_EQ(leader.log.path, "/home/alice/het-36.out");
  EXPECT_EQ(follower.log.path, leader.log.path);
  EXPECT_EQ(follower.log_owner_id, leader.id);
  EXPECT_EQ(follower.record.state, JobState::kFailed);
  EXPECT_EQ(follower.delivery.phase, Phase::kPending);
  EXPECT_EQ(store_->DueJobs(Phase::kPending, clock_.Now(), 10)->size(), 1u);
}

TEST_F(HetPollerTest, AComponentThatIsSeenLaterFindsItsFirst) {
  SetQueue({Component(0)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({EndedComponent(0), EndedComponent(1)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("36+1").log_owner_id, Stored("36+0").id);
  EXPECT_EQ(Stored("36+1").delivery.phase, Phase::kPending);
}

TEST_F(HetPollerTest, ComponentsThatWereSeenWaitingHaveThePathOfTheFirst) {
  JobRecord waiting[2] = {Component(0), Component(1)};
  for (JobRecord& record : waiting) {
    record.state = JobState::kPending;
    record.state_text = "PENDING";
    record.start_time.reset();
  }
  SetQueue({waiting[0], waiting[1]});
  ASSERT_TRUE(Poll().ok());
  SetQueue({EndedComponent(0), EndedComponent(1)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("36+1").log.path, "/home/alice/het-36.out");
  EXPECT_EQ(Stored("36+1").log_owner_id, Stored("36+0").id);
  EXPECT_EQ(store_->DueJobs(Phase::kPending, clock_.Now(), 10)->size(), 1u);
}

TEST_F(HetPollerTest, RunningComponentsTurnPendingTogether) {
  SetQueue({Component(0), Component(1)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("36+1").delivery.phase, Phase::kWaiting);
  SetQueue({EndedComponent(0), EndedComponent(1)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("36+0").delivery.phase, Phase::kPending);
  EXPECT_EQ(Stored("36+1").delivery.phase, Phase::kPending);
  EXPECT_EQ(store_->DueJobs(Phase::kPending, clock_.Now(), 10)->size(), 1u);
}

TEST_F(HetPollerTest, ComponentsAreLeftToTheNextQueueTogether) {
  JobRecord first = EndedComponent(0);
  first.end_time = t0_ + absl::Seconds(31);
  SetAccounting({first, EndedComponent(1)});
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_FALSE(store_->GetJob("", "36+1", std::nullopt).ok());
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(Stored("36+0").delivery.phase, Phase::kPending);
  EXPECT_EQ(Stored("36+1").log_owner_id, Stored("36+0").id);
}

TEST_F(PollerTest, ARunThatEndsInARequeueIsSentAheadOfTheOthers) {
  JobRecord first = RunningRecord("12", 12, t0_);
  first.restart_count = 0;
  const JobRecord other = RunningRecord("11", 11, t0_);
  SetQueue({first, other});
  ASSERT_TRUE(Poll().ok());
  JobRecord second = RunningRecord("12", 12, t0_ + absl::Minutes(1));
  second.restart_count = 1;
  SetQueue({Ended(other, JobState::kFailed, ExitStatus{1, 0}, t0_), second});
  ASSERT_TRUE(Poll().ok());
  const auto due = store_->DueJobs(Phase::kPending, clock_.Now(), 10);
  ASSERT_EQ(due->size(), 2u);
  EXPECT_EQ(due->at(0).record.job_id, "12");
  EXPECT_TRUE(due->at(0).delivery.urgent);
  EXPECT_FALSE(due->at(1).delivery.urgent);
}

TEST_F(PollerTest, AlsoWhereOnlyAccountingKnowsOfItYet) {
  const JobRecord other = Ended(RunningRecord("11", 11, t0_), JobState::kFailed,
                                ExitStatus{1, 0}, t0_ + absl::Seconds(2));
  for (const JobState state :
       {JobState::kRequeued, JobState::kPreempted, JobState::kNodeFail}) {
    const int64_t id = 12 + static_cast<int64_t>(state);
    SetAccounting(
        {other, Ended(RunningRecord(std::to_string(id), id, t0_), state,
                      ExitStatus{0, 0}, clock_.Now() + absl::Seconds(31))});
    ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
    EXPECT_EQ(Stored(std::to_string(id)).delivery.phase, Phase::kPending);
    EXPECT_TRUE(Stored(std::to_string(id)).delivery.urgent);
  }
  EXPECT_FALSE(Stored("11").delivery.urgent);
}

class SharedLogTest : public PollerTest {
 protected:
  JobRecord Task(int task) {
    JobRecord record =
        RunningRecord("20_" + std::to_string(task), 200 + task, t0_);
    record.array_job_id = 20;
    record.array_task_id = task;
    record.stdout_pattern = "/home/alice/all-%A.out";
    return record;
  }
  JobRecord EndedTask(int task) {
    return Ended(Task(task), JobState::kFailed, ExitStatus{task, 0},
                 t0_ + absl::Seconds(task));
  }
  size_t Due() {
    return store_->DueJobs(Phase::kPending, clock_.Now(), 10)->size();
  }
};

TEST_F(SharedLogTest, OneSubmissionOnceTheLastTaskHasEnded) {
  SetQueue({Task(1), Task(2)});
  slurm_.queue->waiting_arrays = {20};
  ASSERT_TRUE(Poll().ok());
  SetQueue({EndedTask(1), Task(2)});
  slurm_.queue->waiting_arrays = {20};
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_1").delivery.phase, Phase::kWaiting);
  EXPECT_THAT(Stored("20_1").delivery.error, HasSubstr("other tasks"));
  SetQueue({EndedTask(1), EndedTask(2)});
  slurm_.queue->waiting_arrays = {20};
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_2").log_owner_id, Stored("20_1").id);
  EXPECT_EQ(Due(), 0u) << "a task is still to come";
  SetQueue({EndedTask(1), EndedTask(2), Task(3)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 0u) << "and runs now";
  SetQueue({EndedTask(1), EndedTask(2), EndedTask(3)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 1u);
  for (const char* id : {"20_1", "20_2", "20_3"}) {
    EXPECT_EQ(Stored(id).delivery.phase, Phase::kPending) << id;
    EXPECT_EQ(Stored(id).delivery.error, "") << id;
  }
  EXPECT_EQ(Stored("20_3").record.exit_status, (ExitStatus{3, 0}));
  EXPECT_EQ(woken_, 1);
}

TEST_F(SharedLogTest, TasksThatEndTogetherShareAtOnce) {
  SetQueue({EndedTask(1), EndedTask(2), EndedTask(3)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 1u);
  EXPECT_EQ(Stored("20_3").log_owner_id, Stored("20_1").id);
}

TEST_F(SharedLogTest, ALogIsHeldForATaskThatIsLeftToTheNextPoll) {
  SetQueue({EndedTask(1), EndedTask(2)});
  // The controller has forgotten it, so soon after its end.
  SetAccounting({Ended(Task(3), JobState::kFailed, ExitStatus{3, 0},
                       clock_.Now() + absl::Seconds(29))});
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(store_->CountJobs()->total, 2);
  EXPECT_EQ(Due(), 0u);
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_3").log_owner_id, Stored("20_1").id);
  EXPECT_EQ(Due(), 1u);
}

TEST_F(SharedLogTest, ALogIsHeldForATaskWhoseScriptIsNotReadYet) {
  SetQueue({EndedTask(1), EndedTask(2)});
  JobRecord task = EndedTask(3);
  task.stdout_pattern.clear();
  task.submit_line = "sbatch job.sh";
  SetAccounting({task});
  slurm_.scripts = absl::UnavailableError("Socket timed out");
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 0u);
  slurm_.scripts = std::map<std::string, std::string>{
      {"20_3", "#!/bin/sh\n#SBATCH --output=/home/alice/all-%A.out\n"}};
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_3").log_owner_id, Stored("20_1").id);
  EXPECT_EQ(Due(), 1u);
}

TEST_F(SharedLogTest, AHeldLogIsRememberedOverARestart) {
  SetQueue({EndedTask(1), Task(2)});
  ASSERT_TRUE(Poll().ok());
  Restart();
  SetQueue({EndedTask(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_2").log_owner_id, Stored("20_1").id);
  EXPECT_EQ(Due(), 1u);
}

TEST_F(SharedLogTest, SoIsOneThatAccountingCouldNotTell) {
  JobRecord accounted = EndedTask(1);
  accounted.stdout_pattern.clear();
  SetAccounting({accounted});
  slurm_.queue = absl::UnavailableError("Socket timed out");
  EXPECT_FALSE(Poll().ok());
  EXPECT_EQ(Stored("20_1").delivery.phase, Phase::kNoLog);
  SetQueue({EndedTask(1), Task(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_1").delivery.phase, Phase::kWaiting);
  Restart();
  SetQueue({EndedTask(1), EndedTask(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("20_2").log_owner_id, Stored("20_1").id);
  EXPECT_EQ(Due(), 1u);
}

TEST_F(SharedLogTest, ALogIsHeldWhileTheQueueCannotBeRead) {
  SetQueue({EndedTask(1), Task(2)});
  ASSERT_TRUE(Poll().ok());
  slurm_.queue = absl::UnavailableError("Socket timed out");
  EXPECT_FALSE(Poll().ok());
  EXPECT_EQ(Due(), 0u);
}

TEST_F(SharedLogTest, AskedForEachTaskIsSentByItself) {
  options_.shared_logs = SharedLogs::kEach;
  Restart();
  SetQueue({EndedTask(1), Task(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 1u);
  SetQueue({EndedTask(1), EndedTask(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 2u);
}

TEST_F(SharedLogTest, TasksWithFilesOfTheirOwnAreNotHeld) {
  JobRecord task = EndedTask(1);
  task.stdout_pattern = "/home/alice/%A_%a.out";
  SetQueue({task, Task(2)});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Due(), 1u);
}

}  // namespace
}  // namespace smon
