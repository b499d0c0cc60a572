// What Store says of its watchers.

#include <set>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class JobChangesTest : public StoreTest {
 protected:
  ChangePosition Last() {
    const absl::StatusOr<ChangePosition> last = store_->LastChange();
    EXPECT_TRUE(last.ok()) << last.status();
    return *last;
  }

  JobChanges Read(const ChangePosition& after, int limit = 100) {
    absl::StatusOr<JobChanges> changes = store_->ReadChanges(after, limit);
    EXPECT_TRUE(changes.ok()) << changes.status();
    return *std::move(changes);
  }

  // All that changed, read `limit` at a time.
  std::vector<std::string> ReadAll(ChangePosition after, int limit = 100) {
    std::vector<std::string> ids;
    while (true) {
      const JobChanges page = Read(after, limit);
      EXPECT_LE(page.changes.size(), static_cast<size_t>(limit));
      for (const JobChanges::Change& change : page.changes) {
        ids.push_back(change.job.record.job_id);
      }
      if (!page.more) {
        EXPECT_EQ(page.end, Last());
        return ids;
      }
      EXPECT_FALSE(page.end == after);
      after = page.end;
    }
  }
};
SMON_ON_ALL_ENGINES(JobChangesTest);

TEST_P(JobChangesTest, NothingHasChangedInAnEmptyStore) {
  EXPECT_EQ(Last(), ChangePosition());
  EXPECT_THAT(ReadAll({}), IsEmpty());
}

TEST_P(JobChangesTest, JobsThatCameAreToldInTheirOrder) {
  Put(RunningJob("1"));
  const ChangePosition before = Last();
  Put(RunningJob("3"));
  Put(EndedJob("2"));
  EXPECT_THAT(ReadAll(before), ElementsAre("3", "2"));
  EXPECT_THAT(ReadAll({}), ElementsAre("1", "3", "2"));
  EXPECT_THAT(ReadAll(Last()), IsEmpty());
}

TEST_P(JobChangesTest, AChangedJobIsToldOnceAndAsItIs) {
  Put(RunningJob("1"));
  Put(RunningJob("2"));
  const ChangePosition before = Last();
  Job job = Get("1");
  job.record.reason = "first";
  Put(job);
  job.record.reason = "second";
  Put(job);
  const JobChanges changes = Read(before);
  ASSERT_EQ(changes.changes.size(), 1u);
  EXPECT_EQ(changes.changes[0].job.record.reason, "second");
  EXPECT_FALSE(changes.more);
}

TEST_P(JobChangesTest, AJobThatCameAndChangedIsToldOnce) {
  const ChangePosition before = Last();
  Job job = RunningJob("1");
  Put(job);
  job.record.reason = "why";
  Put(job);
  EXPECT_THAT(ReadAll(before), ElementsAre("1"));
}

TEST_P(JobChangesTest, ADeliveryAndAResubmissionAreChanges) {
  const int64_t id = Put(EndedJob("1"));
  const ChangePosition came = Last();
  Deliver(Completed(id));
  const ChangePosition delivered = Last();
  EXPECT_THAT(ReadAll(came), ElementsAre("1"));
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(600))).ok());
  EXPECT_THAT(ReadAll(delivered), ElementsAre("1"));
  DeliveryChange again = Completed(id);
  again.delivery.resubmit_count = 1;
  Deliver(again);
  const ChangePosition done = Last();

  const ResubmitOrder order = AskedAt(At(700), "some-request");
  JobFilter all;
  all.user = "alice";
  ASSERT_TRUE(store_->StartResubmission(all, 10, order).ok());
  ASSERT_TRUE(store_->ContinueResubmission(order).ok());
  EXPECT_THAT(ReadAll(done), ElementsAre("1"));
}

TEST_P(JobChangesTest, AJobThatSharesALogChangesWithIt) {
  const int64_t owner = Put(EndedJob("1"));
  Job follower = EndedJob("1+1");
  follower.log_owner_id = owner;
  Put(follower);
  const ChangePosition before = Last();
  Deliver(Completed(owner));
  EXPECT_THAT(ReadAll(before), UnorderedElementsAre("1", "1+1"));
}

TEST_P(JobChangesTest, WhatChangesNothingIsNoChange) {
  Put(EndedJob("1"));
  const ChangePosition before = Last();
  Put(Get("1"));
  EXPECT_EQ(Last(), before);
}

TEST_P(JobChangesTest, ARemovedJobIsNotToldOf) {
  Put(EndedJob("1"));
  Deliver(Completed(Put(EndedJob("2"))));
  const ChangePosition before = Last();
  ASSERT_EQ(*store_->RemoveEnded("alps", absl::InfiniteFuture(), 10), 1);
  EXPECT_EQ(Last(), before);
  EXPECT_THAT(ReadAll({}), ElementsAre("1"));
}

TEST_P(JobChangesTest, PagesMissNothingWhileJobsComeAndChange) {
  std::set<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    Put(RunningJob(absl::StrCat(i), i));
    expected.insert(absl::StrCat(i));
  }
  std::set<std::string> told;
  ChangePosition position;
  for (int i = 0; i < 200; ++i) {
    const JobChanges page = Read(position, 3);
    for (const JobChanges::Change& change : page.changes) {
      told.insert(change.job.record.job_id);
    }
    position = page.end;
    if (i >= 60) {
      if (!page.more) break;
      continue;
    }
    const std::string id = absl::StrCat("new", i);
    Put(RunningJob(id, 100 + i));
    expected.insert(id);
    Job job = Get(absl::StrCat(i * 7 % 50));
    job.record.reason = absl::StrCat("changed ", i);
    Put(job);
  }
  EXPECT_EQ(position, Last());
  EXPECT_EQ(told, expected);
}

TEST_P(JobChangesTest, EachChangeIsAPlaceToGoOnFrom) {
  for (int i = 0; i < 4; ++i) Put(RunningJob(absl::StrCat(i), i));
  for (const char* const id : {"2", "0"}) {
    Job job = Get(id);
    job.record.reason = "changed";
    Put(job);
  }
  const JobChanges all = Read({});
  ASSERT_THAT(ReadAll({}), ElementsAre("2", "0", "1", "3"));
  EXPECT_THAT(ReadAll(all.changes[0].position), ElementsAre("0", "1", "3"));
  EXPECT_THAT(ReadAll(all.changes[1].position), ElementsAre("1", "3"));
  EXPECT_THAT(ReadAll(all.changes[2].position), ElementsAre("3"));
  EXPECT_THAT(ReadAll(all.changes[3].position), IsEmpty());
}

TEST_P(JobChangesTest, JobsThatHaveChangedSinceAreSkippedManyAtATime) {
  constexpr int kJobs = 12000;
  PollChanges changes;
  changes.cluster = "alps";
  for (int i = 0; i < kJobs; ++i) {
    changes.changes.push_back({RunningJob(absl::StrCat(i), i), false, {}});
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  changes.changes.pop_back();
  for (PollChanges::Change& change : changes.changes) {
    change.job.record.reason = "changed";
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  ChangePosition after = Last();
  after.id = 0;
  EXPECT_THAT(ReadAll(after), ElementsAre(absl::StrCat(kJobs - 1)));
}

TEST_P(JobChangesTest, NoChangeIsMissedWhenTheClockIsSetBack) {
  Put(RunningJob("1"));
  Job job = Get("1");
  job.record.reason = "before";
  Put(job);
  const ChangePosition before = Last();
  clock_.Set(clock_.Now() - absl::Hours(24 * 365));
  job.record.reason = "after";
  Put(job);
  EXPECT_THAT(ReadAll(before), ElementsAre("1"));
}

TEST_P(JobChangesTest, NumbersGoOnAfterAReopening) {
  if (GetParam() == Engine::kMemory)
    GTEST_SKIP() << "a store in memory is gone";
  Put(RunningJob("1"));
  Job job = Get("1");
  job.record.reason = "before";
  Put(job);
  const ChangePosition before = Last();
  store_.reset();
  clock_.Set(clock_.Now() - absl::Hours(1));
  store_ = *OpenStore(url_, &clock_);
  EXPECT_EQ(Last(), before);
  job.record.reason = "after";
  Put(job);
  EXPECT_THAT(ReadAll(before), ElementsAre("1"));
}

TEST_P(JobChangesTest, NumbersAreNewAfterTheStoreWasPutBack) {
  Put(RunningJob("1"));
  Job job = Get("1");
  job.record.reason = "first";
  Put(job);
  // The change that an older copy of the store does not have.
  const ChangePosition lost = {Last().change + 100, Last().id};
  clock_.Set(clock_.Now() + absl::Seconds(1));
  job.record.reason = "second";
  Put(job);
  EXPECT_THAT(ReadAll(lost), ElementsAre("1"));
}

TEST_P(JobChangesTest, AfterAPositionThatHasNotComeEveryJobIsTold) {
  Put(RunningJob("1"));
  Deliver(Completed(Put(EndedJob("2"))));
  const ChangePosition last = Last();
  EXPECT_THAT(ReadAll({last.change + 1, last.id}), ElementsAre("2", "1"));
  EXPECT_THAT(ReadAll({last.change, last.id + 1}), ElementsAre("2", "1"));
}

TEST_P(JobChangesTest, TheListenerHearsOfEachTransactionThatChangedJobs) {
  int heard = 0;
  store_->SetChangeListener([&heard] { ++heard; });
  const int64_t id = Put(EndedJob("1"));
  EXPECT_EQ(heard, 1);
  Deliver(Completed(id));
  EXPECT_EQ(heard, 2);
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(600))).ok());
  EXPECT_EQ(heard, 3);
  EXPECT_FALSE(store_->Resubmit(77, AskedAt(At(600))).ok());
  EXPECT_EQ(heard, 3);
  Get("1");
  EXPECT_EQ(heard, 3);
  store_->SetChangeListener({});
  Put(RunningJob("2"));
  EXPECT_EQ(heard, 3);
}

TEST_P(JobChangesTest, AJobSaysWhenItEndedOrWasFirstSeenEnded) {
  Put(RunningJob("1"));
  Put(EndedJob("2", 0, 77));
  Job unknown = EndedJob("3");
  unknown.record.end_time.reset();
  Put(unknown);
  EXPECT_EQ(Get("1").ended_at, absl::InfiniteFuture());
  EXPECT_EQ(Get("2").ended_at, At(77));
  EXPECT_EQ(Get("3").ended_at, clock_.Now());
}

}  // namespace
}  // namespace smon
