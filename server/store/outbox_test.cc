// What Store says of the outbox.

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutboxTest : public StoreTest {
 protected:
  // Two jobs with one log; the ids of the owner and of the other.
  std::pair<int64_t, int64_t> PutSharers() {
    const int64_t owner = Put(EndedJob("5+0"));
    Job follower = EndedJob("5+1");
    follower.log_owner_id = owner;
    return {owner, Put(follower)};
  }
};
SMON_ON_ALL_ENGINES(OutboxTest);

TEST_P(OutboxTest, DueJobsAreThoseDueByNowTheLongestDueFirst) {
  Put(EndedJob("late", 0, 300));
  Put(EndedJob("second", 0, 200));
  Put(EndedJob("first", 0, 100));
  Put(RunningJob("running"));
  EXPECT_THAT(Due(Phase::kPending, At(99)), IsEmpty());
  EXPECT_THAT(Due(Phase::kPending, At(200)), ElementsAre("first", "second"));
  EXPECT_THAT(Due(Phase::kPending, At(900), 1), ElementsAre("first"));
  EXPECT_THAT(Due(Phase::kSubmitted, At(900)), IsEmpty());
}

// Of these the clock said 450 when it was set.
class SetClockTest : public OutboxTest {
 protected:
  void SetUp() override {
    OutboxTest::SetUp();
    Put(EndedJob("waits"));
    Change("waits", Phase::kPending, 500);
    Put(EndedJob("sent"));
    Change("sent", Phase::kSubmitted, 500);
    Put(EndedJob("over"));
    Change("over", Phase::kRejected, 500);
  }
  void Change(const std::string& job_id, Phase phase, int next_attempt) {
    DeliveryChange change;
    change.job = Get(job_id).id;
    change.delivery = DeliveryIn(phase, At(next_attempt));
    change.delivery.pending_since = At(400);
    if (phase == Phase::kSubmitted) change.delivery.submitted_at = At(450);
    Deliver(change);
  }
  // An ended job that comes to be known at that time.
  void PutNew(int now) {
    Job job = EndedJob("new", 0, now);
    job.delivery.pending_since = At(now);
    Put(job);
  }
  void ExpectMoved(int by) {
    const Delivery waits = Get("waits").delivery;
    EXPECT_EQ(waits.next_attempt, At(500 + by));
    EXPECT_EQ(waits.pending_since, At(400 + by));
    EXPECT_EQ(waits.submitted_at, absl::InfinitePast());
    EXPECT_EQ(Get("sent").delivery.submitted_at, At(450 + by));
    EXPECT_EQ(Get("over").delivery.pending_since, At(400));
  }
};
INSTANTIATE_TEST_SUITE_P(WhereOneHostWrites, SetClockTest,
                         ::testing::Values(Engine::kFile, Engine::kMemory),
                         [](const auto& tested) {
                           return NameOf(tested.param);
                         });

TEST_P(SetClockTest, LogsUnderWayFollowItForwardAndNewOnesStay) {
  PutNew(1452);
  ASSERT_TRUE(store_->MoveDeliveries(absl::Seconds(1000), At(1453)).ok());
  ExpectMoved(1000);
  EXPECT_THAT(Due(Phase::kPending, At(1453)), ElementsAre("new"));
}

TEST_P(SetClockTest, LogsUnderWayFollowItBackAndNewOnesStay) {
  PutNew(352);
  ASSERT_TRUE(store_->MoveDeliveries(-absl::Seconds(100), At(353)).ok());
  ExpectMoved(-100);
  EXPECT_EQ(Get("new").delivery.pending_since, At(352));
}

TEST(SharedStore, TheTimesAreOfManyClocksAndAreNotMoved) {
  FakeClock clock;
  const auto store = OpenStore(NewStoreUrl(Engine::kPostgresql), &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.push_back({EndedJob("1"), true, {}});
  ASSERT_TRUE((*store)->CommitPoll(&changes).ok());
  ASSERT_TRUE((*store)->MoveDeliveries(absl::Seconds(1000), At(1453)).ok());
  EXPECT_EQ((*store)->GetJob("", "1", std::nullopt)->delivery.next_attempt,
            At(100));
}

TEST_P(OutboxTest, EachPhaseHasItsOwnQueue) {
  DeliveryChange sent;
  sent.job = Put(EndedJob("1"));
  sent.delivery = DeliveryIn(Phase::kSubmitted, At(500));
  Deliver(sent);
  Put(EndedJob("2"));
  EXPECT_THAT(Due(Phase::kPending, At(900)), ElementsAre("2"));
  EXPECT_THAT(Due(Phase::kSubmitted, At(900)), ElementsAre("1"));
}

TEST_P(OutboxTest, AJobThatSharesALogIsNeverDue) {
  PutSharers();
  EXPECT_THAT(Due(Phase::kPending, At(900)), ElementsAre("5+0"));
}

TEST_P(OutboxTest, NextAttemptIsTheEarliest) {
  EXPECT_EQ(*store_->NextAttempt(Phase::kPending), absl::InfiniteFuture());
  Put(EndedJob("1", 0, 300));
  Put(EndedJob("2", 0, 200));
  EXPECT_EQ(*store_->NextAttempt(Phase::kPending), At(200));
  EXPECT_EQ(*store_->NextAttempt(Phase::kSubmitted), absl::InfiniteFuture());
}

TEST_P(OutboxTest, UrgentJobsAreDueAheadOfTheOthers) {
  Put(EndedJob("longest", 0, 100));
  Job urgent = EndedJob("urgent", 0, 300);
  urgent.delivery.urgent = true;
  Put(urgent);
  Job more = EndedJob("more urgent", 0, 200);
  more.delivery.urgent = true;
  Put(more);
  EXPECT_THAT(Due(Phase::kPending, At(900)),
              ElementsAre("more urgent", "urgent", "longest"));
  EXPECT_THAT(Due(Phase::kPending, At(900), 1), ElementsAre("more urgent"));
  EXPECT_THAT(Due(Phase::kPending, At(900), 0), IsEmpty());
  // Not before their time.
  EXPECT_THAT(Due(Phase::kPending, At(250)),
              ElementsAre("more urgent", "longest"));
  EXPECT_EQ(*store_->NextAttempt(Phase::kPending), At(100));
}

TEST_P(OutboxTest, NextAttemptMayBeOfAnUrgentJob) {
  Put(EndedJob("1", 0, 300));
  Job urgent = EndedJob("2", 0, 200);
  urgent.delivery.urgent = true;
  Put(urgent);
  EXPECT_EQ(*store_->NextAttempt(Phase::kPending), At(200));
}

TEST_P(OutboxTest, AJobIsDueAtItsNextAttemptToTheNanosecond) {
  Job job = EndedJob("1");
  job.delivery.next_attempt = At(100) + absl::Nanoseconds(1500);
  Put(job);
  const absl::StatusOr<absl::Time> next = store_->NextAttempt(Phase::kPending);
  EXPECT_THAT(Due(Phase::kPending, *next), ElementsAre("1"));
  EXPECT_THAT(Due(Phase::kPending, job.delivery.next_attempt),
              ElementsAre("1"));
}

TEST_P(OutboxTest, ADeliveryIsStoredWithVerdictAnswerAndHistory) {
  const int64_t id = Put(EndedJob("1"));
  clock_.Advance(absl::Seconds(3));
  Deliver(Completed(id));
  const Job job = Get("1");
  EXPECT_EQ(job.delivery.phase, Phase::kCompleted);
  EXPECT_EQ(job.delivery.submit_attempts, 1);
  EXPECT_EQ(job.verdict->action, Action::kStop);
  EXPECT_EQ(job.updated_at, clock_.Now());
  EXPECT_EQ(*store_->GetAnswer(id), R"({"status":"completed"})");
  EXPECT_THAT(History(id), ElementsAre("verdict STOP"));
}

TEST_P(OutboxTest, AChangeWithoutVerdictLeavesVerdictAndAnswer) {
  const int64_t id = Put(EndedJob("1"));
  Deliver(Completed(id));
  DeliveryChange change;
  change.job = id;
  change.delivery = DeliveryIn(Phase::kExpired, absl::InfiniteFuture());
  change.answer = "not the answer of a verdict";
  Deliver(change);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kExpired);
  EXPECT_TRUE(Get("1").verdict.has_value());
  EXPECT_EQ(*store_->GetAnswer(id), R"({"status":"completed"})");
}

TEST_P(OutboxTest, ANewVerdictReplacesTheOldOneAndItsAnswer) {
  const int64_t id = Put(EndedJob("1"));
  Deliver(Completed(id));
  DeliveryChange again = Completed(id);
  again.verdict->action = Action::kRestart;
  again.answer = "second \xff";
  again.history = "verdict RESTART";
  Deliver(again);
  EXPECT_EQ(Get("1").verdict->action, Action::kRestart);
  EXPECT_EQ(*store_->GetAnswer(id), "second \\xff");
  EXPECT_THAT(
      History(id),
      ElementsAre("verdict STOP", "verdict until now: STOP, CUDA out of memory",
                  "verdict RESTART"));
}

TEST_P(OutboxTest, AnAnswerToAnOldSubmissionChangesNothingButTheHistory) {
  const int64_t id = Put(EndedJob("1"));
  DeliveryChange sent;
  sent.job = id;
  sent.delivery = DeliveryIn(Phase::kSubmitted, At(500));
  Deliver(sent);
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(600))).ok());
  clock_.Advance(absl::Seconds(3));
  Deliver(Completed(id));
  const Job job = Get("1");
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
  EXPECT_FALSE(job.verdict.has_value());
  EXPECT_NE(job.updated_at, clock_.Now());
  EXPECT_EQ(store_->GetAnswer(id).status().code(), absl::StatusCode::kNotFound);
  const std::vector<std::string> history = History(id);
  ASSERT_EQ(history.size(), 2u);
  EXPECT_THAT(history[1], HasSubstr("verdict STOP"));
  EXPECT_THAT(history[1], HasSubstr("stale"));
}

TEST_P(OutboxTest, AnAnswerForAnUnknownJobDoesNotHoldUpTheOthers) {
  const int64_t id = Put(EndedJob("1"));
  ASSERT_TRUE(store_->CommitDeliveries({Completed(4711), Completed(id)}).ok());
  EXPECT_EQ(Get("1").delivery.phase, Phase::kCompleted);
}

TEST_P(OutboxTest, AChangeHoldsForAllJobsThatShareTheLog) {
  const auto [owner, follower] = PutSharers();
  clock_.Advance(absl::Seconds(3));
  Deliver(Completed(owner));
  const Job job = Get("5+1");
  EXPECT_EQ(job.delivery.phase, Phase::kCompleted);
  EXPECT_EQ(job.delivery.submitted_at, At(400));
  EXPECT_EQ(job.verdict->reason, "CUDA out of memory");
  EXPECT_EQ(job.updated_at, clock_.Now());
  EXPECT_EQ(*store_->GetAnswer(follower), R"({"status":"completed"})");
  EXPECT_THAT(History(follower), ElementsAre("verdict STOP"));
}

TEST_P(OutboxTest, AChangeForAJobThatNowSharesALogGoesToItsOwner) {
  const auto [owner, follower] = PutSharers();
  Deliver(Completed(follower));
  EXPECT_EQ(Get("5+0").delivery.phase, Phase::kCompleted);
  EXPECT_EQ(Get("5+1").delivery.phase, Phase::kCompleted);
  EXPECT_EQ(*store_->GetAnswer(owner), R"({"status":"completed"})");
}

TEST_P(OutboxTest, WhatHappenedToAnOwnerItselfIsNotItsFollowersHistory) {
  const int64_t owner = Put(EndedJob("5+0"), false, {"owner ended"});
  Job follower = EndedJob("5+1");
  follower.log_owner_id = owner;
  const int64_t id = Put(follower, false, {"follower ended"});
  clock_.Advance(absl::Seconds(1));
  Deliver(Completed(owner));
  EXPECT_THAT(History(id), ElementsAre("follower ended", "verdict STOP"));
  EXPECT_THAT(History(owner), ElementsAre("owner ended", "verdict STOP"));
}

TEST_P(OutboxTest, AnswerIsNotFoundBeforeThereIsOne) {
  EXPECT_EQ(store_->GetAnswer(Put(EndedJob("1"))).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetAnswer(4711).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace smon
