// What Store says of the removal of old jobs.

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RetentionTest : public StoreTest {
 protected:
  // A job whose delivery is over.
  int64_t PutOver(const std::string& job_id, int ended,
                  Phase phase = Phase::kCompleted) {
    Job job = EndedJob(job_id, 0, ended);
    job.delivery = DeliveryIn(phase, absl::InfiniteFuture());
    return Put(job, false, {"seen", "ended"});
  }

  int64_t Remove(int ended_before, int limit = 100) {
    const absl::StatusOr<int64_t> removed =
        store_->RemoveEnded("alps", At(ended_before), limit);
    EXPECT_TRUE(removed.ok()) << removed.status();
    return removed.value_or(-1);
  }

  std::vector<std::string> Left() { return IdsOf(List({}).jobs); }
};
SMON_ON_ALL_ENGINES(RetentionTest);

TEST_P(RetentionTest, WhatEndedBeforeTheTimeGoes) {
  PutOver("early", 100);
  PutOver("at", 200);
  PutOver("late", 300);
  EXPECT_EQ(Remove(200), 1);
  EXPECT_THAT(Left(), UnorderedElementsAre("at", "late"));
}

TEST_P(RetentionTest, NothingIsRemovedWhereThereIsNothingOld) {
  PutOver("late", 300);
  EXPECT_EQ(Remove(200), 0);
  EXPECT_THAT(Left(), ElementsAre("late"));
}

TEST_P(RetentionTest, OnlyJobsWhoseDeliveryIsOverGo) {
  for (const Phase phase : kAllPhases) {
    PutOver(absl::StrCat(static_cast<int>(phase)), 100, phase);
  }
  Put(RunningJob("running"));
  EXPECT_EQ(Remove(1000), 4);
  EXPECT_THAT(Left(),
              UnorderedElementsAre("running", "1", "2", "3"));  // see Phase
}

TEST_P(RetentionTest, ThoseThatEndedFirstGoFirstAndNoMoreThanTheLimit) {
  for (const int ended : {400, 100, 300, 200}) {
    PutOver(absl::StrCat(ended), ended);
  }
  EXPECT_EQ(Remove(1000, 3), 3);
  EXPECT_THAT(Left(), ElementsAre("400"));
  EXPECT_EQ(Remove(1000, 3), 1);
  EXPECT_EQ(Remove(1000, 3), 0);
}

TEST_P(RetentionTest, HistoryAndAnswerGoWithTheJob) {
  const int64_t id = Put(EndedJob("1"), false, {"seen", "ended"});
  Deliver(Completed(id));
  EXPECT_EQ(Remove(1000), 1);
  EXPECT_EQ(store_->GetHistory(id).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetAnswer(id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetJob("", "1", std::nullopt).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(RetentionTest, CountsAreOfWhatIsLeft) {
  PutOver("a", 100, Phase::kRejected);
  PutOver("b", 100);
  Deliver(Completed(Put(EndedJob("c", 0, 300))));
  EXPECT_EQ(Remove(200), 2);
  const absl::StatusOr<JobCounts> counts = store_->CountJobs();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->total, 1);
  EXPECT_EQ(counts->ended, 1);
  EXPECT_EQ(counts->with_verdict, 1);
  EXPECT_EQ(counts->by_phase.count(Phase::kRejected), 0u);
  EXPECT_EQ(counts->by_phase.at(Phase::kCompleted), 1);
}

TEST_P(RetentionTest, AJobWhoseLogOthersShareGoesAfterThose) {
  const int64_t owner = PutOver("7_1", 100);
  Job follower = EndedJob("7_2", 0, 150);
  follower.log_owner_id = owner;
  Put(follower);
  EXPECT_EQ(Remove(120), 0) << "the other one is too young";
  EXPECT_EQ(Remove(200), 1);
  EXPECT_THAT(Left(), ElementsAre("7_1"));
  EXPECT_EQ(Remove(200), 1);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_P(RetentionTest, AJobThatRunsKeepsTheOneWhoseLogItShares) {
  const int64_t owner = PutOver("7+0", 100);
  Job follower = RunningJob("7+1");
  follower.log_owner_id = owner;
  Put(follower);
  EXPECT_EQ(Remove(1000), 0);
  EXPECT_THAT(Left(), UnorderedElementsAre("7+0", "7+1"));
}

TEST_P(RetentionTest, AJobThatIsResubmittedStays) {
  const int64_t id = PutOver("1", 100);
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(500))).ok());
  EXPECT_EQ(Remove(1000), 0);
}

TEST_P(RetentionTest, AnIdIsNotGivenOutAgain) {
  const int64_t first = PutOver("1", 100);
  EXPECT_EQ(Remove(1000), 1);
  EXPECT_GT(PutOver("2", 100), first);
}

}  // namespace
}  // namespace smon
