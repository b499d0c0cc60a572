#include "server/monitor/notices.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using slurm::JobRecord;
using slurm::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kSubmitted = absl::FromUnixSeconds(1700000000);

JobRecord Live(const std::string& job_id, int64_t raw_id) {
  return RunningRecord(job_id, raw_id, kSubmitted);
}
JobRecord Done(const std::string& job_id, int64_t raw_id) {
  return Ended(Live(job_id, raw_id), JobState::kCompleted, {0, 0},
               kSubmitted + absl::Minutes(1));
}
JobRecord OfArray(JobRecord record, int64_t array_job_id) {
  record.array_job_id = array_job_id;
  return record;
}
JobRecord OfHetJob(JobRecord record, int64_t het_job_id) {
  record.het_job_id = het_job_id;
  return record;
}

class NoticesTest : public ::testing::Test {
 protected:
  bool Add(const std::string& id) {
    return notices_.Add(*slurm::ParseJobId(id), now_);
  }
  // Waits for the next look, which finds these.
  void Look(const std::vector<JobRecord>& records,
            absl::Duration slurm_time = absl::ZeroDuration()) {
    now_ = std::max(now_, notices_.NextLook());
    ASSERT_NE(now_, absl::InfiniteDuration()) << "nothing to look for";
    asked_ = notices_.Take(now_);
    notices_.Found(records, now_, slurm_time);
  }
  bool IsIdle() const {
    return notices_.NextLook() == absl::InfiniteDuration() &&
           notices_.totals().pending == 0;
  }

  absl::Duration now_ = absl::Hours(1);
  Notices notices_;
  std::vector<int64_t> asked_;
};

TEST_F(NoticesTest, AJobIsLookedForAtOnceAndUntilItHasEnded) {
  EXPECT_TRUE(IsIdle());
  ASSERT_TRUE(Add("12"));
  EXPECT_EQ(notices_.NextLook(), now_);
  Look({Live("12", 12)});
  EXPECT_THAT(asked_, ElementsAre(12));
  EXPECT_EQ(notices_.NextLook(), now_ + absl::Milliseconds(20));
  Look({Live("12", 12)});
  EXPECT_EQ(notices_.NextLook(), now_ + absl::Milliseconds(32));
  Look({Done("12", 12)});
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(notices_.totals().looks, 3);
  EXPECT_EQ(notices_.totals().ended, 1);
}

TEST_F(NoticesTest, AJobThatDoesNotEndIsLeftToThePollWithinAMinute) {
  const absl::Duration start = now_;
  Add("12");
  while (!IsIdle()) Look({Live("12", 12)});
  EXPECT_EQ(notices_.totals().looks, 16);
  EXPECT_EQ(notices_.totals().left_to_poll, 1);
  EXPECT_GT(now_ - start, absl::Seconds(30));
  EXPECT_LT(now_ - start, absl::Minutes(1));
}

TEST_F(NoticesTest, AJobThatSlurmDoesNotHaveIsDropped) {
  Add("12");
  Look({Live("13", 13)});
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(notices_.totals().unknown, 1);
}

TEST_F(NoticesTest, AJobNotifiedTenTimesIsLookedForOnce) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Add("12"));
  Look({Done("12", 12)});
  EXPECT_THAT(asked_, ElementsAre(12));
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(notices_.totals().received, 10);
  EXPECT_EQ(notices_.totals().merged, 9);
}

TEST_F(NoticesTest, AJobNotifiedDuringALookIsLookedForAgain) {
  Add("12");
  notices_.Take(now_);
  Add("12");  // the look may have read the queue before
  notices_.Found({Done("12", 12)}, now_, absl::ZeroDuration());
  EXPECT_EQ(notices_.NextLook(), now_);
  Look({Done("12", 12)});
  EXPECT_TRUE(IsIdle());
}

TEST_F(NoticesTest, AJobNotifiedAgainIsLookedForAsLongAgain) {
  Add("12");
  for (int i = 0; i < 10; ++i) Look({Live("12", 12)});
  Add("12");
  EXPECT_EQ(notices_.NextLook(), now_);
  while (!IsIdle()) Look({Live("12", 12)});
  EXPECT_EQ(notices_.totals().looks, 26);
}

TEST_F(NoticesTest, AJobThatIsDueInAMomentIsLookedForNow) {
  Add("12");
  Look({Live("12", 12)});
  now_ += absl::Milliseconds(11);
  Add("13");
  Look({Live("12", 12), Done("13", 13)});
  EXPECT_THAT(asked_, ElementsAre(12, 13));
}

TEST_F(NoticesTest, AllThatAreDueAreLookedForTogetherAndEachArrayOnce) {
  for (const char* id : {"30", "12_1", "12_2", "20+0", "20+1"}) Add(id);
  Look({});
  EXPECT_THAT(asked_, ElementsAre(12, 20, 30));
}

TEST_F(NoticesTest, ATaskIsKnownByItsRawIdAndByItsDisplayedOne) {
  Add("15");
  Add("12_4");
  Look({OfArray(Live("12_3", 15), 12), OfArray(Done("12_4", 16), 12)});
  EXPECT_EQ(notices_.totals().ended, 1);
  EXPECT_EQ(notices_.totals().pending, 1);
  Look({OfArray(Done("12_3", 15), 12)});
  EXPECT_THAT(asked_, ElementsAre(15));
  EXPECT_TRUE(IsIdle());
}

TEST_F(NoticesTest, TheLastTaskOfAnArrayHasTheArraysNumberAndIsMeant) {
  Add("12");
  Look({OfArray(Live("12_0", 13), 12), OfArray(Done("12_9", 12), 12),
        OfArray(Live("12_1", 14), 12)});
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(notices_.totals().ended, 1);
}

TEST_F(NoticesTest, AnArrayHasEndedWhenAllTasksThatSlurmHasHaveEnded) {
  Add("12");
  Look({OfArray(Done("12_0", 13), 12), OfArray(Live("12_1", 14), 12)});
  EXPECT_EQ(notices_.totals().pending, 1);
  Look({OfArray(Done("12_0", 13), 12), OfArray(Done("12_1", 14), 12)});
  EXPECT_TRUE(IsIdle());
}

TEST_F(NoticesTest, AComponentFoundAloneIsLookedForWithTheOthers) {
  Add("21");
  Look({OfHetJob(Done("20+1", 21), 20)});
  EXPECT_THAT(asked_, ElementsAre(21));
  Look({OfHetJob(Done("20+0", 20), 20), OfHetJob(Done("20+1", 21), 20)});
  EXPECT_THAT(asked_, ElementsAre(20));
  EXPECT_TRUE(IsIdle());
}

TEST_F(NoticesTest, LooksTakeAtMostAFifthOfTheTime) {
  Add("12");
  Look({Live("12", 12)}, absl::Seconds(2));
  Add("13");
  EXPECT_EQ(notices_.NextLook(), now_ + absl::Seconds(8));
}

TEST_F(NoticesTest, ALookThatFailsIsRepeatedNotForEver) {
  Add("12");
  for (int looks = 1; !IsIdle(); ++looks) {
    ASSERT_LE(looks, 16);
    now_ = notices_.NextLook();
    EXPECT_THAT(notices_.Take(now_), ElementsAre(12));
    notices_.Failed(now_, absl::Seconds(1));
  }
  EXPECT_EQ(notices_.totals().failed_looks, 16);
  EXPECT_EQ(notices_.totals().left_to_poll, 1);
}

TEST_F(NoticesTest, TooManyAreCountedAndNotKept) {
  for (size_t i = 1; i <= Notices::kMost; ++i) {
    ASSERT_TRUE(Add(absl::StrCat(i)));
  }
  EXPECT_FALSE(Add("99999"));
  EXPECT_TRUE(Add("1")) << "is being looked for";
  EXPECT_EQ(notices_.totals().overflowed, 1);
  EXPECT_EQ(notices_.totals().pending, static_cast<int64_t>(Notices::kMost));
}

// 10,000 jobs that end at once, with a controller that takes a second.
TEST_F(NoticesTest, AStormCostsFewLooks) {
  std::vector<JobRecord> completing, ended;
  for (int i = 1; i <= 10000; ++i) {
    Add(absl::StrCat(i));
    completing.push_back(Live(absl::StrCat(i), i));
    ended.push_back(Done(absl::StrCat(i), i));
  }
  Look(completing, absl::Seconds(1));
  for (int i = 1; i <= 10000; ++i) Add(absl::StrCat(i));
  Look(completing, absl::Seconds(1));
  Look(ended, absl::Seconds(1));
  EXPECT_TRUE(IsIdle());
  EXPECT_EQ(notices_.totals().looks, 3);
}

}  // namespace
}  // namespace smon
