// What the Poller says of the removal of old jobs.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/monitor/poller.h"
#include "server/monitor/poller_fixture.h"

namespace smon {
namespace {

using slurm::ExitStatus;
using slurm::JobRecord;
using slurm::JobState;

constexpr absl::Duration kDay = absl::Hours(24);

class PollerRetentionTest : public PollerTest {
 protected:
  // A job that has ended, and whose log was delivered.
  JobRecord PutDelivered() {
    const JobRecord job =
        Ended(RunningRecord("12", 12, t0_), JobState::kCompleted,
              ExitStatus{0, 0}, t0_ + absl::Seconds(20));
    SetQueue({job});
    EXPECT_TRUE(Poll().ok());
    DeliveryChange change;
    change.job = Stored("12").id;
    change.delivery.phase = Phase::kCompleted;
    EXPECT_TRUE(store_->CommitDeliveries({change}).ok());
    return job;
  }

  bool IsStored() { return store_->GetJob("", "12", std::nullopt).ok(); }
};

TEST_F(PollerRetentionTest, APollRemovesWhatIsOldAndCountsIt) {
  PutDelivered();
  SetQueue({});
  ASSERT_TRUE(Poll(89 * kDay).ok());
  EXPECT_TRUE(IsStored());
  ASSERT_TRUE(Poll(2 * kDay).ok());
  EXPECT_FALSE(IsStored());
  EXPECT_EQ(poller_->totals().removed.by_age, 1);
}

TEST_F(PollerRetentionTest, AnotherAgeIsTakenWithTheNextPoll) {
  PutDelivered();
  SetQueue({});
  Poller::Options options = options_;
  options.retention.age = 10 * kDay;
  poller_->Change(options);
  ASSERT_TRUE(Poll(11 * kDay).ok());
  EXPECT_FALSE(IsStored());
}

TEST_F(PollerRetentionTest, WhatTheControllerStillHoldsStaysAndIsNotSentAgain) {
  PutDelivered();
  for (int days = 0; days < 3; ++days) {
    ASSERT_TRUE(Poll(100 * kDay).ok());
    Restart();
  }
  EXPECT_EQ(Stored("12").delivery.phase, Phase::kCompleted);
  EXPECT_EQ(woken_, 1);
}

TEST_F(PollerRetentionTest, WhatAccountingHasNotToldYetStays) {
  PutDelivered();
  SetQueue({});
  slurm_.accounting = absl::UnavailableError("slurmdbd is away");
  ASSERT_TRUE(Poll(100 * kDay).ok());
  EXPECT_TRUE(IsStored());
  Restart();
  ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(IsStored());

  // It answers, and what it may have been handed late is waited for.
  slurm_.accounting = Snapshot({});
  ASSERT_TRUE(Poll().ok());
  EXPECT_TRUE(IsStored());
  ASSERT_TRUE(Poll(absl::Minutes(5)).ok());
  EXPECT_FALSE(IsStored());
}

TEST_F(PollerRetentionTest, AFailedPollRemovesNothing) {
  PutDelivered();
  slurm_.queue = absl::UnavailableError("slurmctld is away");
  EXPECT_FALSE(Poll(100 * kDay).ok());
  EXPECT_TRUE(IsStored());
}

TEST_F(PollerRetentionTest, WithoutAccountingTheControllerAloneDecides) {
  options_.has_accounting = false;
  Restart();
  PutDelivered();
  ASSERT_TRUE(Poll(100 * kDay).ok());
  EXPECT_TRUE(IsStored());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  EXPECT_FALSE(IsStored());
}

}  // namespace
}  // namespace smon
