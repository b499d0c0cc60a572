#include "server/monitor/poller.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using slurm::ExitStatus;
using slurm::JobRecord;
using slurm::JobState;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PollerTest : public ::testing::Test {
 protected:
  PollerTest() {
    options_.cluster = "c";
    options_.partitions = {"batch"};
    store_ = *OpenStore("memory:", &clock_);
    Restart();
  }

  // As if smonsvc were stopped and started.
  void Restart() {
    poller_ = std::make_unique<Poller>(
        &slurm_, store_.get(), &clock_,
        Poller::Health{&slurm_health_, &accounting_health_, &store_health_},
        [this] { ++woken_; }, options_);
    ASSERT_TRUE(poller_->Load().ok());
  }

  void SetQueue(std::vector<JobRecord> jobs) {
    slurm_.queue = slurm::JobSnapshot{std::move(jobs), 0, 0};
  }
  void SetAccounting(std::vector<JobRecord> jobs) {
    for (JobRecord& job : jobs) {
      job.from_accounting = true;
      job.batch_host.clear();
    }
    slurm_.accounting = slurm::JobSnapshot{std::move(jobs), 0, 0};
  }
  absl::Status Poll(absl::Duration later = absl::Seconds(30)) {
    clock_.Advance(later);
    return poller_->PollOnce();
  }
  Job Stored(const std::string& job_id) {
    auto job = store_->GetJob("", job_id, std::nullopt);
    EXPECT_TRUE(job.ok()) << job_id << ": " << job.status();
    return job.ok() ? *job : Job();
  }
  std::vector<std::string> History(const std::string& job_id) {
    std::vector<std::string> texts;
    const auto history = store_->GetHistory(Stored(job_id).id);
    for (const HistoryEntry& entry : *history) {
      texts.push_back(entry.text);
    }
    return texts;
  }

  FakeClock clock_;
  const absl::Time t0_ = clock_.Now();
  FakeSlurmClient slurm_;
  ComponentHealth slurm_health_{"slurm", &clock_};
  ComponentHealth accounting_health_{"accounting", &clock_};
  ComponentHealth store_health_{"store", &clock_};
  Poller::Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Poller> poller_;
  int woken_ = 0;
};

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

TEST_F(PollerTest, AJobThatCameAndWentBetweenTwoPollsIsFoundInAccounting) {
  ASSERT_TRUE(Poll().ok());
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kCompleted,
                        ExitStatus{0, 0}, t0_ + absl::Seconds(2));
  job.stdout_pattern.clear();
  job.submit_line = "sbatch --output=short.out --wrap=true";
  SetAccounting({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
  EXPECT_EQ(Stored("12").log.path, "/home/alice/short.out");
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

TEST_F(PollerTest, AccountingHasTheLastWordOnTheExitStatus) {
  const JobRecord job =
      Ended(RunningRecord("12", 12, t0_), JobState::kCancelled,
            ExitStatus{0, 15}, t0_ + absl::Seconds(2));
  SetQueue({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{0, 15}));
  JobRecord accounted = job;
  accounted.exit_status = ExitStatus{0, 0};
  SetAccounting({accounted});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{0, 0}));
  Restart();
  SetAccounting({});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{0, 0}));
}

TEST_F(PollerTest, AnExitCodeThatAccountingCutsIsKeptWhole) {
  const JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                              ExitStatus{200, 0}, t0_ + absl::Seconds(2));
  SetQueue({job});
  JobRecord accounted = job;
  accounted.exit_status = ExitStatus{72, 0};
  SetAccounting({accounted});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{200, 0}));
}

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

TEST_F(PollerTest, AJobThatVanishedIsFinishedOnlyWhenAccountingDoesNotKnowIt) {
  SetQueue({RunningRecord("12", 12, t0_)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.state, JobState::kRunning)
      << "accounting may be some seconds late";
  ASSERT_TRUE(Poll(absl::Minutes(2)).ok());
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
  slurm_.elsewhere = slurm::JobSnapshot{{moved}, 0, 0};
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
  slurm_.accounting_elsewhere = slurm::JobSnapshot{{moved}, 0, 0};
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

TEST_F(PollerTest, AccountingWindowsOverlapAndGoOnAfterARestart) {
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), t0_ - options_.first_lookback);
  const absl::Time last = clock_.Now();
  clock_.Advance(absl::Hours(24 * 7));
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.overlap);
}

TEST_F(PollerTest, AccountingThatNeverAnsweredIsReadFromTheFirstStartOn) {
  slurm_.accounting = absl::UnavailableError("Connection refused");
  ASSERT_TRUE(Poll().ok());
  clock_.Advance(absl::Hours(24));
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), t0_ - options_.first_lookback);
}

TEST_F(PollerTest, AWindowIsReadAgainWhenAccountingFailed) {
  ASSERT_TRUE(Poll().ok());
  const absl::Time last = clock_.Now();
  slurm_.accounting = absl::UnavailableError("Connection refused");
  ASSERT_TRUE(Poll(absl::Hours(1)).ok());
  ASSERT_TRUE(Poll(absl::Hours(1)).ok());
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.overlap);
  EXPECT_FALSE(accounting_health_.Get().healthy);
  EXPECT_TRUE(slurm_health_.Get().healthy);
}

TEST_F(PollerTest, WhatSlurmctldHandsOverAfterAnOutageIsInTheWindow) {
  ASSERT_TRUE(Poll().ok());
  const absl::Time last = clock_.Now();
  slurm_.accounting = absl::UnavailableError("Connection refused");
  ASSERT_TRUE(Poll(absl::Hours(1)).ok());
  SetAccounting({});
  ASSERT_TRUE(Poll(absl::Seconds(5)).ok());
  ASSERT_TRUE(Poll(absl::Minutes(3)).ok());
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.overlap);
  const absl::Time handed_over = clock_.Now();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), handed_over - options_.overlap);
}

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
  EXPECT_EQ(store_->GetJob("", "12", 0)->record.state, JobState::kFinished);
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

TEST_F(PollerTest, ScriptsThatCannotBeReadNowAreReadAtTheNextPoll) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kCompleted,
                        ExitStatus{0, 0}, t0_ + absl::Seconds(2));
  job.stdout_pattern.clear();
  job.submit_line = "sbatch job.sh";
  SetAccounting({job});
  slurm_.scripts = absl::UnavailableError("Connection refused");
  ASSERT_TRUE(Poll().ok());
  EXPECT_FALSE(store_->GetJob("", "12", std::nullopt).ok());
  slurm_.scripts = std::map<std::string, std::string>{
      {"12", "#!/bin/sh\n#SBATCH --output=from-script.out\ntrue\n"}};
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").log.path, "/home/alice/from-script.out");
  EXPECT_THAT(slurm_.scripts_asked, Each(ElementsAre("12")));
}

}  // namespace
}  // namespace smon
