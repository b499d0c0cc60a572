// What Store says of finding jobs again, and of many jobs at a time.

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using LookupTest = StoreTest;
SMON_ON_ALL_ENGINES(LookupTest);

TEST_P(LookupTest, FindJobsReturnsTheStoredOnesOfTheKeys) {
  Put(RunningJob("1"));
  Put(RunningJob("2"));
  Put(RunningJob("3"));
  absl::StatusOr<std::vector<Job>> jobs =
      store_->FindJobs({{"alps", "1", At(0)},
                        {"alps", "2", At(1)},
                        {"jura", "2", At(0)},
                        {"alps", "3", At(0)},
                        {"alps", "none", At(0)}});
  ASSERT_TRUE(jobs.ok());
  EXPECT_THAT(IdsOf(*jobs), UnorderedElementsAre("1", "3"));
  EXPECT_THAT(*store_->FindJobs({}), IsEmpty());
}

TEST_P(LookupTest, LoadLiveReturnsWhatRunsAndWhatEndedSince) {
  Put(RunningJob("running"));
  Put(EndedJob("before", 0, 99));
  Put(EndedJob("at", 0, 100));
  Put(EndedJob("after", 0, 101));
  Job elsewhere = RunningJob("elsewhere");
  elsewhere.cluster = "jura";
  Put(elsewhere);
  EXPECT_THAT(IdsOf(*store_->LoadLive("alps", At(100))),
              UnorderedElementsAre("running", "at", "after"));
  EXPECT_THAT(IdsOf(*store_->LoadLive("alps", absl::InfiniteFuture())),
              UnorderedElementsAre("running"));
}

TEST_P(LookupTest, LoadLiveReturnsWhatEndedLongAgoAndStillWaits) {
  Job job = EndedJob("7_1", 0, 10);
  job.delivery = Delivery();
  Put(job);
  Put(EndedJob("7_2", 0, 10));
  EXPECT_THAT(IdsOf(*store_->LoadLive("alps", At(1000))), ElementsAre("7_1"));
}

TEST_P(LookupTest, LoadLiveReturnsAJobThatRunsAndShowsTheLogOfOneThatEnded) {
  const int64_t owner = Put(EndedJob("5+0", 0, 10));
  Job follower = RunningJob("5+1");
  follower.log_owner_id = owner;
  Put(follower);
  ASSERT_EQ(Get("5+1").delivery.phase, Phase::kPending);
  EXPECT_THAT(IdsOf(*store_->LoadLive("alps", At(1000))), ElementsAre("5+1"));
}

TEST_P(LookupTest, LoadJobsReturnsTheStoredOnesOfTheIds) {
  const int64_t first = Put(RunningJob("1"));
  const int64_t second = Put(RunningJob("2"));
  Put(RunningJob("3"));
  EXPECT_THAT(IdsOf(*store_->LoadJobs({second, 4711, first, second})),
              UnorderedElementsAre("1", "2"));
  EXPECT_THAT(*store_->LoadJobs({}), IsEmpty());
}

// Enough for statements that handle many rows at a time, and some over.
TEST_P(LookupTest, ManyJobsAreStoredAndFoundAsFewAre) {
  constexpr int kJobs = 2345;
  PollChanges changes;
  changes.cluster = "alps";
  std::vector<JobKey> keys;
  for (int i = 0; i < kJobs; ++i) {
    // Every seventh is the one before once more.
    const int number = i % 7 == 6 ? i - 1 : i;
    Job job = RunningJob(absl::StrCat(number), number);
    if (number % 3 == 0) job.record.restart_count = number;
    changes.changes.push_back({job, false, {absl::StrCat("entry ", i)}});
    keys.push_back({"alps", job.record.job_id, job.record.submit_time});
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  const int64_t stored = kJobs - kJobs / 7;
  EXPECT_EQ(store_->CountJobs()->total, stored);
  std::vector<int64_t> ids;
  for (int i = 0; i < kJobs; ++i) {
    ids.push_back(changes.changes[i].job.id);
    if (i % 7 != 6) continue;
    EXPECT_EQ(ids[i], ids[i - 1]);
    EXPECT_THAT(History(ids[i]), ElementsAre(absl::StrCat("entry ", i - 1),
                                             absl::StrCat("entry ", i)));
  }
  absl::StatusOr<std::vector<Job>> found = store_->LoadJobs(ids);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), stored);
  for (const Job& job : *found) {
    int number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(job.record.job_id, &number));
    EXPECT_EQ(job.id, ids[number]);
    EXPECT_EQ(job.record.submit_time, At(number));
    EXPECT_EQ(job.record.restart_count.value_or(-1),
              number % 3 == 0 ? number : -1);
  }
  // Other runs of these jobs are not what is asked for.
  for (int i = 0; i < kJobs; ++i) {
    keys.push_back({"alps", keys[i].job_id, At(-1)});
  }
  EXPECT_EQ(store_->FindJobs(keys)->size(), stored);
}

TEST_P(LookupTest, IdsGrowAndAJobKeepsItsOwn) {
  const int64_t first = Put(RunningJob("1"));
  const int64_t second = Put(RunningJob("2"));
  EXPECT_GT(second, first);
  // A known job that calls itself new gets no id of its own.
  EXPECT_EQ(Put(RunningJob("1")), first);
  EXPECT_GT(Put(RunningJob("3")), second);
}

}  // namespace
}  // namespace smon
