// What Store says of running jobs whose logs are registered early.

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TrackingTest : public StoreTest {
 protected:
  static Job Tracked(const std::string& job_id, absl::Time due) {
    Job job = RunningJob(job_id);
    job.log.path = "/logs/" + job_id;
    job.tracking.next_attempt = due;
    return job;
  }
  // The job was registered, or was not and is to be tried again.
  void Note(int64_t job, absl::Time next_attempt) {
    DeliveryChange change;
    change.job = job;
    change.tracking = Tracking{next_attempt, 1};
    change.history = "registered";
    Deliver(change);
  }
  std::vector<std::string> DueTracking(absl::Time now, int limit = 100) {
    return IdsOf(*store_->DueTracking(now, limit));
  }
};
SMON_ON_ALL_ENGINES(TrackingTest);

TEST_P(TrackingTest, RunningJobsThatAreToBeTrackedAreDueInTheirOrder) {
  Put(Tracked("second", At(20)));
  Put(Tracked("first", At(10)));
  Put(Tracked("later", At(31)));
  Put(RunningJob("untouched"));
  EXPECT_THAT(DueTracking(At(30)), ElementsAre("first", "second"));
  EXPECT_THAT(DueTracking(At(30), 1), ElementsAre("first"));
  EXPECT_THAT(DueTracking(At(9)), IsEmpty());
}

TEST_P(TrackingTest, AJobThatHasEndedIsNotDue) {
  Put(Tracked("1", At(10)));
  Job ended = EndedJob("1");
  ended.tracking.next_attempt = At(10);
  Put(ended, /*delivery_too=*/true);
  EXPECT_THAT(DueTracking(At(900)), IsEmpty());
  EXPECT_THAT(Due(Phase::kPending, At(900)), ElementsAre("1"));
}

TEST_P(TrackingTest, AJobThatSharesALogIsNotDue) {
  Job follower = Tracked("5+1", At(10));
  follower.log_owner_id = Put(RunningJob("5+0"));
  Put(follower);
  EXPECT_THAT(DueTracking(At(900)), IsEmpty());
}

TEST_P(TrackingTest, WhatWasNotedIsKept) {
  const int64_t again = Put(Tracked("again", At(10)));
  const int64_t done = Put(Tracked("done", At(10)));
  Note(again, At(70));
  Note(done, absl::InfiniteFuture());
  EXPECT_THAT(DueTracking(At(69)), IsEmpty());
  EXPECT_THAT(DueTracking(At(70)), ElementsAre("again"));
  EXPECT_EQ(Get("again").tracking.attempts, 1);
  EXPECT_THAT(History(done), ElementsAre("registered"));
  EXPECT_EQ(Get("done").delivery.phase, Phase::kWaiting);
}

TEST_P(TrackingTest, APollThatReadTheJobBeforeDoesNotUndoIt) {
  const Job before = Tracked("1", At(10));
  Note(Put(before), absl::InfiniteFuture());
  Put(before);
  EXPECT_THAT(DueTracking(At(900)), IsEmpty());
}

TEST_P(TrackingTest, AnAnswerThatComesAfterTheEndChangesNoDelivery) {
  const int64_t id = Put(Tracked("1", At(10)));
  Put(EndedJob("1"), /*delivery_too=*/true);
  Note(id, At(70));
  EXPECT_EQ(Get("1").delivery.phase, Phase::kPending);
  EXPECT_THAT(Due(Phase::kPending, At(900)), ElementsAre("1"));
  EXPECT_THAT(DueTracking(At(900)), IsEmpty());
}

}  // namespace
}  // namespace smon
