#include "server/monitor/run_memory.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using slurm::RecordHead;

const absl::Time kT0 = absl::FromUnixSeconds(1795381150);

RecordHead Head(int64_t raw_id, uint64_t print, absl::Time submitted = kT0) {
  RecordHead head;
  head.raw_id = raw_id;
  head.submit_time = submitted;
  head.print = print;
  return head;
}

slurm::JobRecord Record(int64_t raw_id, uint64_t print,
                        absl::Time submitted = kT0) {
  slurm::JobRecord record;
  record.raw_id = raw_id;
  record.submit_time = submitted;
  record.print = print;
  return record;
}

class RunMemoryTest : public ::testing::Test {
 protected:
  void SeeInQueue(const slurm::JobRecord& record, int64_t id,
                  std::optional<absl::Time> ended = std::nullopt) {
    memory_.Remember(record, RecordSource::kQueue, id, ended);
  }
  // A queue with these runs, all of them known.
  void NextQueue(const std::vector<RecordHead>& heads) {
    memory_.BeginQueue();
    for (const RecordHead& head : heads) {
      memory_.IsNews(RecordSource::kQueue, head);
    }
    memory_.NoteMissing(now_ += absl::Seconds(30), {});
  }

  absl::Time now_ = kT0;
  RunMemory memory_;
};

TEST_F(RunMemoryTest, WhatEachSourceSaidLastIsNoNewsFromIt) {
  EXPECT_TRUE(memory_.IsNews(RecordSource::kQueue, Head(7, 111)));
  SeeInQueue(Record(7, 111), 1);
  EXPECT_FALSE(memory_.IsNews(RecordSource::kQueue, Head(7, 111)));
  EXPECT_TRUE(memory_.IsNews(RecordSource::kAccounting, Head(7, 111)));
  EXPECT_TRUE(memory_.IsNews(RecordSource::kQueue, Head(7, 112)));
  EXPECT_TRUE(memory_.IsNews(RecordSource::kQueue,
                             Head(7, 111, kT0 + absl::Seconds(1))))
      << "another run";
}

TEST_F(RunMemoryTest, ALoadedRunIsKnownButAllThatIsSaidOfItIsNews) {
  memory_.Load({7, absl::ToUnixSeconds(kT0)}, 1, std::nullopt);
  EXPECT_TRUE(memory_.IsWatched({7, absl::ToUnixSeconds(kT0)}));
  EXPECT_TRUE(memory_.IsNews(RecordSource::kQueue, Head(7, 111)));
  EXPECT_EQ(memory_.live(), 1);
}

TEST_F(RunMemoryTest, AnIgnoredRunIsNoNewsAndNotLive) {
  memory_.Ignore(Record(7, 111), RecordSource::kQueue);
  EXPECT_FALSE(memory_.IsNews(RecordSource::kQueue, Head(7, 111)));
  EXPECT_TRUE(memory_.IsNews(RecordSource::kQueue, Head(7, 112)));
  EXPECT_FALSE(memory_.IsWatched({7, absl::ToUnixSeconds(kT0)}));
  EXPECT_EQ(memory_.live(), 0);
  NextQueue({});
  EXPECT_TRUE(memory_.Overdue(1, absl::ZeroDuration(), now_).empty());
}

TEST_F(RunMemoryTest, ALiveRunIsMissingFromTheFirstQueueThatDoesNotHaveIt) {
  SeeInQueue(Record(7, 111), 1);
  SeeInQueue(Record(8, 111), 2);
  NextQueue({Head(7, 111)});
  const absl::Time since = now_;
  EXPECT_TRUE(memory_.IsMissing(Head(8, 0)));
  EXPECT_FALSE(memory_.IsMissing(Head(7, 0)));
  EXPECT_FALSE(memory_.OverdueSince(2, absl::ZeroDuration(), now_));
  NextQueue({Head(7, 111)});
  EXPECT_EQ(memory_.OverdueSince(2, absl::ZeroDuration(), now_), since);
  EXPECT_FALSE(memory_.OverdueSince(2, absl::Minutes(1), now_));
  ASSERT_EQ(memory_.Overdue(2, absl::Seconds(30), now_).size(), 1u);
  EXPECT_EQ(memory_.Overdue(2, absl::Seconds(30), now_)[0].id, 2);
}

TEST_F(RunMemoryTest, ARunThatIsSeenAgainIsNotMissingAnyMore) {
  SeeInQueue(Record(7, 111), 1);
  NextQueue({});
  NextQueue({Head(7, 111)});
  NextQueue({});
  EXPECT_FALSE(memory_.OverdueSince(2, absl::ZeroDuration(), now_));
}

TEST_F(RunMemoryTest, ARunWhoseRecordCannotBeReadIsNotMissing) {
  SeeInQueue(Record(7, 111), 1);
  memory_.BeginQueue();
  memory_.NoteMissing(now_, {7});
  EXPECT_FALSE(memory_.IsMissing(Head(7, 0)));
}

TEST_F(RunMemoryTest, AMissingRunIsRequeuedWhenTheQueueHasANewerOneOfTheJob) {
  SeeInQueue(Record(7, 111), 1);
  memory_.BeginQueue();
  slurm::JobRecord next = Record(7, 112, kT0 + absl::Minutes(1));
  next.restart_count = 1;
  SeeInQueue(next, 2);
  memory_.NoteMissing(now_, {});
  ASSERT_EQ(memory_.Requeued().size(), 1u);
  EXPECT_EQ(memory_.Requeued()[0].id, 1);
  EXPECT_TRUE(memory_.HasNewerRun({7, absl::ToUnixSeconds(kT0)}));
  EXPECT_FALSE(memory_.HasNewerRun(KeyOf(next)));
}

TEST_F(RunMemoryTest, AnEndedRunIsForgottenOnceItHasLeftTheQueue) {
  SeeInQueue(Record(7, 111), 1, kT0);
  EXPECT_EQ(memory_.live(), 0);
  memory_.Forget(kT0 + absl::Hours(1));
  EXPECT_TRUE(memory_.IsWatched({7, absl::ToUnixSeconds(kT0)}));
  NextQueue({});
  memory_.Forget(kT0);
  EXPECT_TRUE(memory_.IsWatched({7, absl::ToUnixSeconds(kT0)}));
  memory_.Forget(kT0 + absl::Seconds(1));
  EXPECT_FALSE(memory_.IsWatched({7, absl::ToUnixSeconds(kT0)}));
}

TEST_F(RunMemoryTest, ALiveRunIsNeverForgotten) {
  SeeInQueue(Record(7, 111), 1);
  NextQueue({});
  memory_.Forget(absl::InfiniteFuture());
  EXPECT_EQ(memory_.live(), 1);
  SeeInQueue(Record(7, 112), 1, now_);
  EXPECT_EQ(memory_.live(), 0);
}

}  // namespace
}  // namespace smon
