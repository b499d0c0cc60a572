// Looks at notified jobs, between polls.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/poller_fixture.h"

namespace smon {
namespace {

using slurm::JobRecord;
using slurm::JobState;
using ::testing::ElementsAre;

class PollerLookTest : public PollerTest {
 protected:
  void Notify(const std::string& id) {
    poller_->Notify(*slurm::ParseJobId(id));
  }
  absl::Status Look() {
    clock_.Advance(absl::Seconds(1));
    return poller_->LookOnce();
  }
  JobRecord Running(const std::string& job_id, int64_t raw_id) {
    return RunningRecord(job_id, raw_id, t0_);
  }
  JobRecord Failed(const std::string& job_id, int64_t raw_id) {
    return Ended(Running(job_id, raw_id), JobState::kFailed, {3, 0},
                 t0_ + absl::Seconds(40));
  }
  Notices::Totals notices() const { return poller_->totals().notices; }
};

TEST_F(PollerLookTest, ANotifiedJobThatEndedIsOnItsWayAtOnce) {
  SetQueue({Running("1", 1)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({Failed("1", 1)});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("1").record.state, JobState::kFailed);
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(notices().ended, 1);
}

TEST_F(PollerLookTest, AJobThatNoPollSawIsFound) {
  SetQueue({Failed("1", 1)});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
  EXPECT_EQ(Stored("1").log.path, "/home/alice/train-1.out");
}

TEST_F(PollerLookTest, ItIsNotSentTwice) {
  SetQueue({Failed("1", 1)});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  const std::vector<std::string> history = History("1");
  Notify("1");
  ASSERT_TRUE(Look().ok());
  ASSERT_TRUE(Poll().ok());
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(History("1"), history);
}

TEST_F(PollerLookTest, ACompletingJobIsLookedForAgain) {
  JobRecord completing = Running("1", 1);
  completing.state = JobState::kCompleting;
  SetQueue({completing});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kWaiting);
  SetQueue({Failed("1", 1)});
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(notices().looks, 2) << "there is nothing more to look for";
}

TEST_F(PollerLookTest, ALookEndsNobodyThatItDidNotSee) {
  options_.has_accounting = false;
  Restart();
  SetQueue({Running("1", 1), Running("2", 2)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({Failed("1", 1)});
  for (int i = 0; i < 5; ++i) {
    Notify("1");
    ASSERT_TRUE(Look().ok());
  }
  EXPECT_EQ(Stored("2").record.state, JobState::kRunning);
}

TEST_F(PollerLookTest, ALookIsOneCommandForAllThatWereNotified) {
  Notify("7");
  Notify("3_1");
  Notify("3_2");
  ASSERT_TRUE(Look().ok());
  EXPECT_THAT(slurm_.jobs_asked, ElementsAre(ElementsAre(3, 7)));
  EXPECT_EQ(slurm_.counts.by_command["squeue"].calls, 1);
  EXPECT_EQ(notices().unknown, 3);
}

TEST_F(PollerLookTest, AJobWhoseNameIsNotWantedIsIgnored) {
  options_.job_pattern = "eval";
  Restart();
  SetQueue({Failed("1", 1)});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(poller_->totals().jobs, 0);
  EXPECT_EQ(woken_, 0);
}

TEST_F(PollerLookTest, AComponentNotifiedAloneFindsTheLogOfTheFirst) {
  JobRecord first = Failed("20+0", 20), second = Failed("20+1", 21);
  for (JobRecord* record : {&first, &second}) record->het_job_id = 20;
  first.het_offset = 0;
  second.het_offset = 1;
  second.stdout_pattern.clear();
  second.is_batch = false;
  SetQueue({second});  // what squeue -j 21 prints
  Notify("21");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(poller_->totals().jobs, 0);
  SetQueue({first, second});
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("20+1").log_owner_id, Stored("20+0").id);
  EXPECT_EQ(Stored("20+0").delivery.phase, Phase::kPending);
}

TEST_F(PollerLookTest, ALookThatFailsIsRepeatedAndSaysNothingOfPolls) {
  slurm_.queue = absl::UnavailableError("squeue exited with status 1");
  Notify("1");
  EXPECT_TRUE(absl::IsUnavailable(Look()));
  EXPECT_EQ(notices().failed_looks, 1);
  EXPECT_EQ(poller_->totals().failed_polls, 0);
  SetQueue({Failed("1", 1)});
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
}

TEST_F(PollerLookTest, WithASlowControllerTheNextLookWaits) {
  slurm_.command_time = absl::Seconds(2);
  SetQueue({Running("1", 1)});
  Notify("1");
  ASSERT_TRUE(Look().ok());
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(notices().looks, 1) << "8 seconds of pause";
  clock_.Advance(absl::Seconds(7));
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(notices().looks, 2);
}

}  // namespace
}  // namespace smon
