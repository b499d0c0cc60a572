// What Submitter does as one of several replicas.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/submitter_fixture.h"
#include "testing/replica_store.h"

namespace smon {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SubmitterReplicasTest : public SubmitterTest {
 protected:
  SubmitterReplicasTest() {
    submitter_.reset();
    auto store = std::make_unique<ReplicaStore>(&clock_);
    shared_ = store.get();
    store_ = std::move(store);
    Restart();
  }

  FakeReplicas& replicas() { return shared_->fake_replicas; }

  void StepFor(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      submitter_->Step();
      clock_.Advance(absl::Seconds(1));
    }
  }
  std::vector<std::string> Sent() const {
    std::vector<std::string> ids;
    for (const auto& submission : attrsvc_.submissions) {
      ids.push_back(submission.request.job_id);
    }
    return ids;
  }
  // Once each, as lanes are asked in this order.
  std::vector<double> MaxRates() {
    submitter_->Step();
    std::vector<double> rates;
    for (const Submitter::LaneStats& lane : submitter_->lanes()) {
      rates.push_back(lane.max_rate);
    }
    return rates;
  }

  ReplicaStore* shared_;
};

TEST_F(SubmitterReplicasTest, NothingIsSentWhileItMayNot) {
  AddEndedJobs(1);
  replicas().SetMaySend(false);
  StepFor(60);
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(attrsvc_.probes, 0);
  EXPECT_EQ(submitter_->Step(), absl::Seconds(1)) << "it looks again soon";
  replicas().SetMaySend(true);
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("1"));
}

TEST_F(SubmitterReplicasTest, ALogIsNotSentOnceClaimingItHasTakenTooLong) {
  AddEndedJobs(1);
  shared_->while_claiming = [this] { replicas().SetMaySend(false); };
  submitter_->Step();
  EXPECT_THAT(Sent(), IsEmpty());
  shared_->while_claiming = [] {};
  replicas().SetMaySend(true);
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("1"));
}

TEST_F(SubmitterReplicasTest, NoVerdictIsAskedForOnceClaimingHasTakenTooLong) {
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  shared_->while_claiming = [this] { replicas().SetMaySend(false); };
  StepFor(600);
  EXPECT_THAT(attrsvc_.questions, IsEmpty());
  shared_->while_claiming = [] {};
  replicas().SetMaySend(true);
  RunUntil([this] { return attrsvc_.questions.size() == 1; });
}

TEST_F(SubmitterReplicasTest, NoRunningJobIsToldOfOnceClaimingTookTooLong) {
  options_.track_running = true;
  Restart();
  Job job = NewJob(1);
  job.tracking.next_attempt = clock_.Now();
  Commit({job});
  shared_->while_claiming = [this] { replicas().SetMaySend(false); };
  submitter_->Step();
  EXPECT_THAT(Sent(), IsEmpty());
  shared_->while_claiming = [] {};
  replicas().SetMaySend(true);
  RunUntil([this] { return attrsvc_.submissions.size() == 1; });
}

TEST_F(SubmitterReplicasTest, ALogThatWasClaimedUnderAnOldNumberIsNotSent) {
  AddEndedJobs(1);
  shared_->while_claiming = [this] { replicas().SetNumber(2); };
  submitter_->Step();
  EXPECT_THAT(Sent(), IsEmpty());
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("1"));
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kSubmitted);
}

TEST_F(SubmitterReplicasTest, ItTakesItsPartOfTheRates) {
  options_.submit_rate = 12;
  options_.result_rate = 6;
  Restart();
  replicas().SetLive(3);
  EXPECT_THAT(MaxRates(), ElementsAre(4, 2));
  replicas().SetLive(2);
  EXPECT_THAT(MaxRates(), ElementsAre(6, 3));
  replicas().SetLive(1);
  EXPECT_THAT(MaxRates(), ElementsAre(12, 6));

  replicas().SetLive(4);
  EXPECT_THAT(MaxRates(), ElementsAre(3, 1.5));
  options_.submit_rate = 20;
  submitter_->Change(options_);
  EXPECT_THAT(MaxRates(), ElementsAre(5, 1.5));
}

TEST_F(SubmitterReplicasTest, ItClaimsWhatItCanSendInTwoSeconds) {
  options_.submit_rate = 12;
  Restart();
  replicas().SetLive(3);
  submitter_->Step();
  EXPECT_EQ(shared_->last_limit[Phase::kPending], 8);
  EXPECT_EQ(shared_->last_limit[Phase::kSubmitted], 64);  // no limit of rate
  replicas().SetLive(2);
  StepFor(2);
  EXPECT_EQ(shared_->last_limit[Phase::kPending], 12);
}

TEST_F(SubmitterReplicasTest, ItClaimsAsManyRunningJobsAsMayBeInFlight) {
  options_.track_running = true;
  Restart();
  submitter_->Step();
  EXPECT_EQ(shared_->last_tracking_limit, 4);
}

TEST_F(SubmitterReplicasTest, WhatOthersGiveBackIsFoundWithinASecond) {
  EXPECT_LE(submitter_->Step(), absl::Seconds(1));
}

TEST_F(SubmitterReplicasTest, WhatWasReadAheadIsForgottenWithTheNumber) {
  options_.submit_rate = 1;
  Restart();
  AddEndedJobs(2);
  submitter_->Step();
  ASSERT_THAT(Sent(), ElementsAre("1"));  // and the other one is at hand
  replicas().SetNumber(2);
  DeliveryChange by_another;
  by_another.job = Stored("2").id;
  by_another.claim = 2;
  by_another.delivery = Stored("2").delivery;
  by_another.delivery.phase = Phase::kCompleted;
  ASSERT_THAT(*store_->CommitDeliveries({by_another}), ElementsAre(true));
  StepFor(60);
  EXPECT_THAT(Sent(), ElementsAre("1"));
}

TEST_F(SubmitterReplicasTest, AnAnswerUnderAnOldNumberIsDroppedAndSentAgain) {
  AddEndedJobs(1);
  submitter_->Step();
  replicas().SetNumber(2);
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
  submitter_->Step();
  ASSERT_THAT(Sent(), ElementsAre("1", "1"));
  attrsvc_.submissions[1].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kSubmitted);
}

TEST_F(SubmitterReplicasTest, AlsoOneThatComesUnderTheNewNumber) {
  AddEndedJobs(1);
  submitter_->Step();
  replicas().SetNumber(2);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
}

TEST_F(SubmitterReplicasTest, WhoseAnswerIsRefusedSendsNothingThatIsAtHand) {
  options_.submit_rate = 1;
  Restart();
  AddEndedJobs(2);
  submitter_->Step();
  ASSERT_THAT(Sent(), ElementsAre("1"));  // and the other one is at hand
  shared_->taken_for_dead = true;
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  StepFor(60);
  EXPECT_THAT(Sent(), ElementsAre("1"));
}

TEST_F(SubmitterReplicasTest, AnAnswerThatCameTooLateForTheStoreIsDropped) {
  AddEndedJobs(2);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  shared_->taken_for_dead = true;
  StepFor(3);
  EXPECT_THAT(Sent(), SizeIs(2));
  EXPECT_TRUE(store_health_.Get().healthy) << "it is no fault of the store";
  EXPECT_EQ(submitter_->plans().next_commit, absl::InfiniteFuture());

  shared_->taken_for_dead = false;
  replicas().SetNumber(2);
  StepFor(3);
  ASSERT_THAT(Sent(), ElementsAre("1", "2", "1"));
  EXPECT_EQ(Stored("1").delivery.submit_attempts, 0);
  attrsvc_.submissions[2].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kSubmitted);
}

// Of five logs four are sent, and for three of them attrsvc is away.
class SubmitterGivesBackTest : public SubmitterReplicasTest {
 protected:
  SubmitterGivesBackTest() {
    options_.max_submits_in_flight = 4;
    Restart();
    attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
    AddEndedJobs(5);
    submitter_->Step();
    for (int i = 0; i < 3; ++i) {
      attrsvc_.submissions[i].answer(FakeAttrsvcClient::Unavailable());
    }
  }
};

TEST_F(SubmitterGivesBackTest, AllThatIsNotInFlightAndOnce) {
  EXPECT_THAT(shared_->kept_at_release, IsEmpty());
  submitter_->Step();
  ASSERT_TRUE(submitter_->plans().breaker_open);
  EXPECT_THAT(shared_->kept_at_release,
              ElementsAre(ElementsAre(Stored("4").id)));
  for (int i = 0; i < 5; ++i) submitter_->Step();
  EXPECT_THAT(shared_->kept_at_release, SizeIs(1));
}

TEST_F(SubmitterGivesBackTest, WhatAnotherThenSentIsNotSentAgain) {
  submitter_->Step();
  DeliveryChange by_another;
  by_another.job = Stored("5").id;
  by_another.claim = replicas().number();
  by_another.delivery = Stored("5").delivery;
  by_another.delivery.phase = Phase::kCompleted;
  ASSERT_THAT(*store_->CommitDeliveries({by_another}), ElementsAre(true));
  attrsvc_.probe_answer = FakeAttrsvcClient::Accepted();
  RunFor(absl::Minutes(10));
  EXPECT_THAT(Sent(), Not(Contains("5")));
}

TEST_F(SubmitterGivesBackTest, AgainWhereTheStoreDidNotTakeIt) {
  shared_->release_status = absl::UnavailableError("away");
  submitter_->Step();
  submitter_->Step();
  EXPECT_THAT(shared_->kept_at_release, SizeIs(2));
  shared_->release_status = absl::OkStatus();
  for (int i = 0; i < 5; ++i) submitter_->Step();
  EXPECT_THAT(shared_->kept_at_release, SizeIs(3));
}

TEST_F(SubmitterGivesBackTest, WhatItClaimedToFindOutWhetherAttrsvcIsBack) {
  submitter_->Step();
  RunUntil([this] { return attrsvc_.submissions.size() == 5; });
  submitter_->Step();
  EXPECT_GE(shared_->kept_at_release.size(), 2u);
  EXPECT_THAT(shared_->kept_at_release.back(), SizeIs(2));
}

TEST_F(SubmitterGivesBackTest, AlsoWhenItMayNotSend) {
  submitter_->Step();
  const size_t before = shared_->kept_at_release.size();
  attrsvc_.probe_answer = FakeAttrsvcClient::Accepted();
  RunUntil([this] { return !submitter_->plans().breaker_open; });
  const size_t meanwhile = shared_->kept_at_release.size();
  EXPECT_GE(meanwhile, before);
  submitter_->Step();  // claims
  replicas().SetMaySend(false);
  StepFor(5);
  EXPECT_THAT(shared_->kept_at_release, SizeIs(meanwhile + 1));
}

}  // namespace
}  // namespace smon
