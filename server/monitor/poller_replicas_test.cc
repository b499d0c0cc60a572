// What Poller does as one of several replicas.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/poller_fixture.h"
#include "testing/replica_store.h"
#include "testing/wait_until.h"

namespace smon {
namespace {

using slurm::JobRecord;
using slurm::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// While its thread runs, what Slurm answers stays as it is.
class PollerReplicasTest : public PollerTest {
 protected:
  PollerReplicasTest() {
    poller_.reset();
    auto store = std::make_unique<ReplicaStore>(&clock_);
    shared_ = store.get();
    store_ = std::move(store);
    options_.has_accounting = false;
    SetToken(1);
    MakePoller();
  }
  ~PollerReplicasTest() override { poller_.reset(); }

  void MakePoller() {
    poller_ = std::make_unique<Poller>(
        &slurm_, store_.get(), &clock_,
        Poller::Health{&slurm_health_, &accounting_health_, &store_health_},
        [this] { on_pending_(); }, options_);
  }
  void SetToken(std::optional<int64_t> token) {
    shared_->fake_replicas.SetPollToken("c", token);
  }
  int tokens_asked() const { return shared_->fake_replicas.tokens_asked(); }
  JobRecord Running(int number) {
    return RunningRecord(std::to_string(number), number, t0_);
  }
  JobRecord Failed(int number) {
    return Ended(Running(number), JobState::kFailed, {1, 0}, t0_);
  }
  bool IsStored(const std::string& job_id) {
    return store_->GetJob("", job_id, std::nullopt).ok();
  }
  // Lets the thread go on, with a poll due at each look.
  bool RunUntil(const std::function<bool()>& done) {
    return WaitUntil([&] {
      clock_.Advance(absl::Minutes(4));
      poller_->RolesChanged();
      return done();
    });
  }
  // Until the thread has gone through its loop, wherever it was.
  bool RunAround() {
    const int before = tokens_asked();
    return RunUntil([&] { return tokens_asked() > before + 30; });
  }
  int64_t polls() const {
    const Poller::Totals totals = poller_->totals();
    return totals.polls + totals.failed_polls;
  }

  ReplicaStore* shared_;
  std::function<void()> on_pending_ = [] {};
};

TEST_F(PollerReplicasTest, WithoutATokenItNeitherAsksSlurmNorStores) {
  SetToken(std::nullopt);
  SetQueue({Failed(1)});
  EXPECT_TRUE(absl::IsAborted(poller_->Load()));
  poller_->Notify(*slurm::ParseJobId("1"));
  poller_->Start();
  EXPECT_TRUE(RunAround());
  EXPECT_EQ(polls(), 0);
  EXPECT_EQ(poller_->totals().next_poll, absl::InfiniteFuture());
  EXPECT_EQ(poller_->heartbeat().Overdue(), absl::ZeroDuration());
  poller_->Stop();
  EXPECT_THAT(slurm_.counts.by_command, IsEmpty());
  EXPECT_FALSE(IsStored("1"));
  EXPECT_EQ(shared_->AccountingProgress("c")->first, absl::InfinitePast());
  EXPECT_EQ(store_health_.Get().last_error, "");
}

TEST_F(PollerReplicasTest, ItPollsWithTheTokenThatItGets) {
  SetToken(std::nullopt);
  SetQueue({Failed(1)});
  poller_->Start();
  ASSERT_TRUE(RunAround());
  SetToken(7);
  EXPECT_TRUE(RunUntil([&] { return IsStored("1"); }));
  EXPECT_EQ(shared_->stored_with_token, 7);
  EXPECT_NE(shared_->AccountingProgress("c")->first, absl::InfinitePast());
}

TEST_F(PollerReplicasTest, ItStopsWhenTheTokenIsGone) {
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return polls() > 2; }));
  SetToken(std::nullopt);
  ASSERT_TRUE(RunAround());
  const int64_t before = polls();
  EXPECT_TRUE(RunAround());
  EXPECT_EQ(polls(), before);
  EXPECT_EQ(poller_->totals().next_poll, absl::InfiniteFuture());
  EXPECT_TRUE(WaitUntil([&] {
    poller_->RolesChanged();
    return poller_->heartbeat().Overdue() == absl::ZeroDuration();
  }));
}

TEST_F(PollerReplicasTest, ItStopsAtOnceWhenTheTokenIsGoneBetweenTwoPolls) {
  ASSERT_TRUE(poller_->Load().ok());
  poller_->Start();
  ASSERT_TRUE(WaitUntil([&] {
    return polls() == 1 &&
           poller_->totals().next_poll != absl::InfiniteFuture();
  }));
  SetToken(std::nullopt);
  poller_->Notify(*slurm::ParseJobId("1"));
  EXPECT_TRUE(WaitUntil(
      [&] { return poller_->totals().next_poll == absl::InfiniteFuture(); }));
  EXPECT_EQ(poller_->totals().notices.looks, 0);
  EXPECT_EQ(polls(), 1);
}

TEST_F(PollerReplicasTest, ANewTokenMakesItLoadWhatOthersHaveStored) {
  ASSERT_TRUE(poller_->Load().ok());
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return polls() > 2; }));
  Job job;
  job.cluster = "c";
  job.record = Running(1);
  PollChanges by_another;
  by_another.cluster = "c";
  by_another.changes.push_back({job, false, {}});
  ASSERT_TRUE(store_->CommitPoll(&by_another).ok());
  ASSERT_TRUE(RunAround());
  EXPECT_EQ(Stored("1").record.state, JobState::kRunning);
  // It is in no queue any more, which only who knows of it can see.
  SetToken(2);
  EXPECT_TRUE(
      RunUntil([&] { return Stored("1").record.state != JobState::kRunning; }));
  EXPECT_TRUE(WaitUntil([&] { return shared_->stored_with_token == 2; }));
}

TEST_F(PollerReplicasTest, APollThatIsRefusedIsNoFailureOfTheStore) {
  ASSERT_TRUE(poller_->Load().ok());
  ASSERT_TRUE(Poll().ok());
  shared_->taken_for_dead = true;
  SetQueue({Running(1)});
  EXPECT_TRUE(absl::IsAborted(Poll()));
  EXPECT_TRUE(store_health_.Get().healthy);
  EXPECT_EQ(store_health_.Get().last_error, "");
  EXPECT_TRUE(slurm_health_.Get().healthy);
  EXPECT_EQ(poller_->totals().polls, 1);
  EXPECT_EQ(poller_->totals().failed_polls, 0);
}

TEST_F(PollerReplicasTest, NorIsOneWhoseEndsAreRefused) {
  ASSERT_TRUE(poller_->Load().ok());
  SetQueue({Running(1)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  shared_->taken_for_dead = true;  // the second poll without it is to store
  EXPECT_TRUE(absl::IsAborted(Poll()));
  EXPECT_EQ(store_health_.Get().last_error, "");
  EXPECT_EQ(poller_->totals().failed_polls, 0);
}

TEST_F(PollerReplicasTest, NorIsOneWhoseAccountingIsRefused) {
  options_.has_accounting = true;
  MakePoller();
  ASSERT_TRUE(poller_->Load().ok());
  SetAccounting({Failed(1)});
  shared_->taken_for_dead = true;
  EXPECT_TRUE(absl::IsAborted(Poll()));
  EXPECT_EQ(store_health_.Get().last_error, "");
  EXPECT_TRUE(accounting_health_.Get().healthy);
  EXPECT_EQ(poller_->totals().failed_polls, 0);
}

TEST_F(PollerReplicasTest, NorIsALoadThatIsRefused) {
  shared_->taken_for_dead = true;
  poller_->Start();
  EXPECT_TRUE(RunAround());
  EXPECT_EQ(polls(), 0);
  EXPECT_EQ(store_health_.Get().last_error, "");
  EXPECT_EQ(poller_->heartbeat().Overdue(), absl::ZeroDuration());
  shared_->taken_for_dead = false;
  EXPECT_TRUE(RunUntil([&] { return polls() > 0; }));
}

TEST_F(PollerReplicasTest, WhoWasRefusedForgetsWhatItKnew) {
  ASSERT_TRUE(poller_->Load().ok());
  SetQueue({Failed(1)});
  shared_->taken_for_dead = true;
  const int before = shared_->loads;
  poller_->Start();
  EXPECT_TRUE(RunUntil([&] { return shared_->loads > before; }));
  EXPECT_EQ(polls(), 0);
  shared_->taken_for_dead = false;
  EXPECT_TRUE(RunUntil([&] { return IsStored("1"); }));
}

TEST_F(PollerReplicasTest, WhoLosesTheTokenInAPollAsksSlurmNothingMore) {
  options_.has_accounting = true;
  MakePoller();
  ASSERT_TRUE(poller_->Load().ok());
  SetQueue({Failed(1)});
  on_pending_ = [this] { SetToken(2); };  // it is another one's now
  EXPECT_TRUE(absl::IsAborted(Poll()));
  EXPECT_EQ(slurm_.counts.by_command.count("sacct"), 0u);
  EXPECT_EQ(poller_->totals().failed_polls, 0);
}

TEST_F(PollerReplicasTest, NorAfterItHasReadAccounting) {
  options_.has_accounting = true;
  MakePoller();
  ASSERT_TRUE(poller_->Load().ok());
  SetQueue({Running(2)});
  ASSERT_TRUE(Poll().ok());
  SetQueue({});
  ASSERT_TRUE(Poll().ok());
  SetAccounting({Failed(1)});
  on_pending_ = [this] { SetToken(2); };
  // The other job would be looked for in the whole queue.
  Poll(absl::Minutes(2)).IgnoreError();
  EXPECT_TRUE(IsStored("1"));
  EXPECT_EQ(slurm_.whole_queues_read, 0);
}

TEST_F(PollerReplicasTest, ANoticeWaitsForTheToken) {
  SetToken(std::nullopt);
  SetQueue({Failed(1)});
  poller_->Notify(*slurm::ParseJobId("1"));
  poller_->Start();
  ASSERT_TRUE(RunAround());
  EXPECT_EQ(poller_->totals().notices.looks, 0);
  SetToken(1);
  EXPECT_TRUE(RunUntil([&] { return poller_->totals().notices.ended == 1; }));
  poller_->Stop();
  EXPECT_THAT(slurm_.jobs_asked, ElementsAre(ElementsAre(1)));
}

TEST_F(PollerReplicasTest, ALookThatIsRefusedIsNoFailureOfTheStore) {
  ASSERT_TRUE(poller_->Load().ok());
  shared_->taken_for_dead = true;
  SetQueue({Failed(1)});
  poller_->Notify(*slurm::ParseJobId("1"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(absl::IsAborted(poller_->LookOnce()));
  EXPECT_EQ(store_health_.Get().last_error, "");
  EXPECT_FALSE(IsStored("1"));
}

// Slurm does not answer this replica.
class PollerHandoverTest : public PollerReplicasTest {
 protected:
  PollerHandoverTest() {
    EXPECT_TRUE(poller_->Load().ok());
    slurm_.queue = absl::UnavailableError("squeue: cannot be reached");
  }
  FakeReplicas& replicas() { return shared_->fake_replicas; }
  int64_t failed_polls() const { return poller_->totals().failed_polls; }
};

TEST_F(PollerHandoverTest, AfterThreePollsItLeavesTheClusterToOthers) {
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return !replicas().left().empty(); }));
  EXPECT_EQ(failed_polls(), 3);
  EXPECT_THAT(replicas().left(), ElementsAre(Pair("c", absl::Minutes(1))));
  EXPECT_FALSE(slurm_health_.Get().healthy);
  EXPECT_TRUE(RunAround());
  EXPECT_EQ(failed_polls(), 3) << "it polls no more";
}

TEST_F(PollerHandoverTest, WhenItGetsItBackItKeepsItForLonger) {
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return replicas().left().size() == 1; }));
  SetToken(2);
  ASSERT_TRUE(RunUntil([&] { return replicas().left().size() == 2; }));
  EXPECT_GE(failed_polls(), 6) << "what failed before does not count";
  EXPECT_THAT(replicas().left(), ElementsAre(Pair("c", absl::Minutes(1)),
                                             Pair("c", absl::Minutes(2))));
}

TEST_F(PollerHandoverTest, WhatFailedUnderAnOldTokenDoesNotCount) {
  const auto run_until_failed = [this](int64_t failed) {
    clock_.Advance(absl::Minutes(4));
    poller_->RolesChanged();
    return WaitUntil([&] {
      return failed_polls() == failed &&
             poller_->totals().next_poll != absl::InfiniteFuture();
    });
  };
  poller_->Start();
  ASSERT_TRUE(run_until_failed(1));
  ASSERT_TRUE(run_until_failed(2));
  SetToken(2);
  ASSERT_TRUE(run_until_failed(3));
  ASSERT_TRUE(run_until_failed(4));
  EXPECT_THAT(replicas().left(), IsEmpty());
  EXPECT_TRUE(RunUntil([&] { return !replicas().left().empty(); }));
}

TEST_F(PollerHandoverTest, TheOnlyOneKeepsIt) {
  replicas().SetLive(1);
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return failed_polls() > 10; }));
  EXPECT_THAT(replicas().left(), IsEmpty());
  replicas().SetLive(2);
  EXPECT_TRUE(RunUntil([&] { return !replicas().left().empty(); }));
}

TEST_F(PollerHandoverTest, ItIsLeftToOthersAlsoBeforeSlurmHasToldOfItself) {
  options_.learn = []() -> absl::StatusOr<Poller::Cluster> {
    return absl::UnavailableError("scontrol: cannot be reached");
  };
  MakePoller();
  poller_->Start();
  EXPECT_TRUE(RunUntil([&] { return !replicas().left().empty(); }));
}

TEST_F(PollerHandoverTest, ACommandThatWasEndedIsNoFailure) {
  slurm_.queue = absl::CancelledError("stopped");
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return failed_polls() > 10; }));
  EXPECT_THAT(replicas().left(), IsEmpty());
}

TEST_F(PollerHandoverTest, WhileItIsTheStoreThatFailsItIsKept) {
  SetQueue({Failed(1)});
  shared_->poll_status = absl::UnavailableError("away");
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return failed_polls() > 10; }));
  EXPECT_THAT(replicas().left(), IsEmpty());
}

TEST_F(PollerHandoverTest, WhileOnlyAccountingFailsItIsKept) {
  options_.has_accounting = true;
  MakePoller();
  ASSERT_TRUE(poller_->Load().ok());
  SetQueue({});
  slurm_.accounting = absl::UnavailableError("slurmdbd is away");
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return polls() > 10; }));
  EXPECT_THAT(replicas().left(), IsEmpty());
}

// Two polls fail, then Slurm answers, and so on.
TEST_F(PollerHandoverTest, AnAnswerInBetweenKeepsIt) {
  std::atomic<int> asked{0};
  options_.learn = [&asked]() -> absl::StatusOr<Poller::Cluster> {
    if (++asked < 3) return absl::UnavailableError("away");
    return Poller::Cluster{"22.05.8", false, {"batch"}};
  };
  SetQueue({});
  MakePoller();
  poller_->Start();
  ASSERT_TRUE(RunUntil([&] { return polls() > 10; }));
  EXPECT_THAT(replicas().left(), IsEmpty());
}

}  // namespace
}  // namespace smon
