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
using ::testing::Each;
using ::testing::ElementsAre;

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

TEST_F(PollerTest, NorDoesItStayCutWhenAccountingIsHeardFirst) {
  const JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                              ExitStatus{200, 0}, t0_ + absl::Seconds(2));
  JobRecord accounted = job;
  accounted.exit_status = ExitStatus{72, 0};
  SetAccounting({accounted});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{72, 0}));
  SetQueue({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").record.exit_status, (ExitStatus{200, 0}));
}

// What squeue tells that accounting does not: SBATCH_OUTPUT, %x of a script
// from standard input, an output that could not be opened, whole exit codes.
TEST_F(PollerTest, WhatEndedAfterTheQueueWasReadIsToldByTheNextQueue) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                        ExitStatus{1, 0}, t0_ + absl::Seconds(31));
  JobRecord accounted = job;
  accounted.stdout_pattern.clear();
  accounted.submit_line = "sbatch --wrap=true";
  SetAccounting({accounted});
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_FALSE(store_->GetJob("", "12", std::nullopt).ok());
  job.stdout_pattern = "/logs/from-environment.out";
  SetQueue({job});
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(Stored("12").log.path, "/logs/from-environment.out");
}

TEST_F(PollerTest, OrByAccountingWhereTheControllerHasForgottenItByThen) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                        ExitStatus{1, 0}, t0_ + absl::Seconds(31));
  job.stdout_pattern.clear();
  job.submit_line = "sbatch --output=short.out --wrap=true";
  SetAccounting({job});
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(Stored("12").log.path, "/home/alice/short.out");
}

TEST_F(PollerTest, ItIsLeftOnceOnlyThoughTheControllersClockIsAhead) {
  const JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                              ExitStatus{1, 0}, t0_ + absl::Hours(1));
  SetAccounting({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_FALSE(store_->GetJob("", "12", std::nullopt).ok());
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
}

TEST_F(PollerTest, AndAtOnceWhenTheQueueCannotBeRead) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                        ExitStatus{1, 0}, t0_ + absl::Seconds(31));
  SetAccounting({job});
  slurm_.queue = absl::UnavailableError("Connection refused");
  EXPECT_FALSE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
}

TEST_F(PollerTest, APathThatAccountingCouldNotTellIsToldByTheController) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                        ExitStatus{1, 0}, t0_ + absl::Seconds(2));
  JobRecord accounted = job;
  accounted.stdout_pattern.clear();
  SetAccounting({accounted});
  slurm_.queue = absl::UnavailableError("Connection refused");
  EXPECT_FALSE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kNoLog);
  job.stdout_pattern = "/logs/%j.out";
  SetQueue({job});
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
  EXPECT_EQ(Stored("12").delivery.problem, PathProblem::kNone);
  EXPECT_EQ(Stored("12").log.path, "/logs/12.out");
}

TEST_F(PollerTest, AccountingWindowsOverlapAndGoOnAfterARestart) {
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), t0_ - options_.first_lookback);
  const absl::Time last = clock_.Now();
  clock_.Advance(absl::Hours(24 * 7));
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.accounting.overlap);
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
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.accounting.overlap);
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
  EXPECT_EQ(slurm_.accounting_since.back(), last - options_.accounting.overlap);
  const absl::Time handed_over = clock_.Now();
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(slurm_.accounting_since.back(),
            handed_over - options_.accounting.overlap);
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

TEST_F(PollerTest, AScriptThatAccountingDoesNotHaveYetIsWaitedFor) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kCompleted,
                        ExitStatus{0, 0}, t0_ + absl::Seconds(2));
  job.stdout_pattern.clear();
  job.submit_line = "sbatch job.sh";
  SetAccounting({job});
  ASSERT_TRUE(Poll(absl::Seconds(10)).ok());
  EXPECT_FALSE(store_->GetJob("", "12", std::nullopt).ok());
  EXPECT_EQ(poller_->totals().watermark, clock_.Now()) << "not held up by it";
  slurm_.scripts = std::map<std::string, std::string>{
      {"12", "#!/bin/sh\n#SBATCH --output=from-script.out\ntrue\n"}};
  ASSERT_TRUE(Poll(absl::Seconds(10)).ok());
  EXPECT_EQ(Stored("12").log.path, "/home/alice/from-script.out");
}

TEST_F(PollerTest, ButNotForLong) {
  JobRecord job = Ended(RunningRecord("12", 12, t0_), JobState::kCompleted,
                        ExitStatus{0, 0}, t0_ + absl::Seconds(2));
  job.stdout_pattern.clear();
  job.submit_line = "sbatch job.sh";
  SetAccounting({job});
  ASSERT_TRUE(Poll(absl::Seconds(10)).ok());
  ASSERT_TRUE(Poll(absl::Seconds(30)).ok());
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kNoLog);
}

TEST_F(PollerTest, MoreScriptsThanOneCommandTakesAreReadPollByPoll) {
  std::vector<JobRecord> jobs;
  for (int i = 0; i < 2500; ++i) {
    JobRecord job = Ended(RunningRecord(std::to_string(100 + i), 100 + i, t0_),
                          JobState::kCompleted, ExitStatus{0, 0}, t0_);
    job.stdout_pattern.clear();
    job.submit_line = "sbatch job.sh";
    jobs.push_back(job);
  }
  SetAccounting(jobs);
  ASSERT_TRUE(Poll().ok());
  ASSERT_EQ(slurm_.scripts_asked.size(), 1u);
  EXPECT_EQ(store_->CountJobs()->total, 2000);
  EXPECT_EQ(poller_->totals().watermark, t0_) << "not before all are read";
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(store_->CountJobs()->total, 2500);
  EXPECT_EQ(poller_->totals().watermark, clock_.Now());
}

TEST_F(PollerTest, TheHourlyCheckFindsAndBackFillsWhatWasMissed) {
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(poller_->totals().coverage.checked, absl::InfinitePast());
  ASSERT_TRUE(Poll(absl::Minutes(55)).ok());
  // It ended half an hour ago, but accounting is told only now.
  JobRecord late = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                         ExitStatus{1, 0}, clock_.Now() - absl::Minutes(30));
  late.submit_line = "sbatch --output=late.out --wrap=true";
  late.stdout_pattern.clear();
  SetAccounting({late});
  ASSERT_TRUE(Poll(absl::Minutes(10)).ok());
  const Poller::Coverage coverage = poller_->totals().coverage;
  EXPECT_EQ(coverage.checked, clock_.Now());
  EXPECT_EQ(coverage.ended, 1);
  EXPECT_EQ(coverage.missing, 0);
  EXPECT_EQ(coverage.back_filled, 1);
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kPending);
}

TEST_F(PollerTest, WhatTheHourlyCheckCannotFillInIsAGap) {
  ASSERT_TRUE(Poll().ok());
  JobRecord late = Ended(RunningRecord("12", 12, t0_), JobState::kFailed,
                         ExitStatus{1, 0}, t0_);
  late.submit_line = "sbatch job.sh";
  late.stdout_pattern.clear();
  SetAccounting({late});
  slurm_.scripts = absl::UnavailableError("Connection refused");
  ASSERT_TRUE(Poll(absl::Hours(2)).ok());
  EXPECT_EQ(poller_->totals().coverage.missing, 1);
  slurm_.scripts = std::map<std::string, std::string>();
  ASSERT_TRUE(Poll(absl::Minutes(3)).ok());
  EXPECT_EQ(poller_->totals().coverage.missing, 0);
}

}  // namespace
}  // namespace smon
