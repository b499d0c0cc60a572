#include "server/monitor/retention.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kDay = absl::Hours(24);

class RetentionTest : public ::testing::Test {
 protected:
  // Jobs "0", "1", …, of which "0" ended first: `newest` ago and earlier, a
  // minute apart.
  void PutJobs(int jobs, absl::Duration newest,
               const std::string& cluster = "alps") {
    PollChanges changes;
    changes.cluster = cluster;
    for (int i = 0; i < jobs; ++i) {
      PollChanges::Change& change = changes.changes.emplace_back();
      change.job.cluster = cluster;
      change.job.record.job_id = absl::StrCat(i);
      change.job.record.user = absl::StrCat("user-", i);
      change.job.record.state = slurm::JobState::kCompleted;
      change.job.record.submit_time = clock_.Now() - 1000 * kDay;
      change.job.record.end_time =
          clock_.Now() - newest - (jobs - 1 - i) * absl::Minutes(1);
      change.job.delivery.phase = Phase::kCompleted;
    }
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  // One run; what Slurm may tell again is two days old at most.
  void Run(absl::Duration age, int64_t jobs,
           const std::string& cluster = "alps") {
    Retention retention(store_.get(), &clock_, cluster, {age, jobs});
    const absl::Status status = retention.Run(clock_.Now() - 2 * kDay);
    EXPECT_TRUE(status.ok()) << status;
    removed_ = retention.totals();
  }

  std::vector<std::string> Left() {
    std::vector<std::string> ids;
    JobQuery query;
    query.order = JobOrder::kEndTimeAsc;
    const absl::StatusOr<JobPage> page = store_->ListJobs(query);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const Job& job : page->jobs) ids.push_back(job.record.job_id);
    return ids;
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_ = *OpenStore("memory:", &clock_);
  Retention::Totals removed_;
};

TEST_F(RetentionTest, WhatEndedLongerAgoThanTheAgeGoes) {
  PutJobs(3, 90 * kDay - absl::Seconds(90));
  Run(90 * kDay, 0);
  EXPECT_THAT(Left(), ElementsAre("1", "2"));
  EXPECT_EQ(removed_.by_age, 1);
  EXPECT_EQ(removed_.by_count, 0);
}

TEST_F(RetentionTest, AnAgeOfZeroKeepsForEver) {
  PutJobs(2, 900 * kDay);
  Run(absl::ZeroDuration(), 0);
  EXPECT_THAT(Left(), ElementsAre("0", "1"));
}

TEST_F(RetentionTest, OfTooManyThoseThatEndedFirstGo) {
  PutJobs(5, 3 * kDay);
  Run(90 * kDay, 3);
  EXPECT_THAT(Left(), ElementsAre("2", "3", "4"));
  EXPECT_EQ(removed_.by_age, 0);
  EXPECT_EQ(removed_.by_count, 2);
}

TEST_F(RetentionTest, AsManyAsMayBeStay) {
  PutJobs(3, 3 * kDay);
  Run(90 * kDay, 3);
  EXPECT_EQ(Left().size(), 3u);
}

TEST_F(RetentionTest, WhatSlurmMayTellOfAgainStaysHoweverManyAndOldItIs) {
  PutJobs(3, 2 * kDay - absl::Seconds(90));
  Run(absl::Hours(1), 1);
  EXPECT_THAT(Left(), ElementsAre("1", "2"));
}

TEST_F(RetentionTest, NothingIsRemovedFromADamagedStore) {
  std::string directory = absl::StrCat(::testing::TempDir(), "/ageXXXXXX");
  const std::string path = absl::StrCat(::mkdtemp(directory.data()), "/s.db");
  store_ = *OpenStore("sqlite://" + path, &clock_);
  PutJobs(1, 100 * kDay);
  store_.reset();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    ASSERT_NE(bytes.find("user-0"), std::string::npos);
    file.seekp(static_cast<std::streamoff>(bytes.find("user-0")));
    file << "user-1";  // its index and its row differ now
  }
  store_ = *OpenStore("sqlite://" + path, &clock_);
  ASSERT_FALSE(store_->CheckIntegrity([] { return false; }).ok());
  Run(90 * kDay, 0);
  EXPECT_THAT(Left(), ElementsAre("0"));
}

TEST_F(RetentionTest, ARunIsBoundedAndTheNextOnesDoTheRest) {
  PutJobs(10100, 100 * kDay);
  Run(90 * kDay, 5);
  EXPECT_EQ(removed_.by_age, 10000);
  EXPECT_EQ(removed_.by_count, 0);
  Run(90 * kDay, 5);
  EXPECT_EQ(removed_.by_age, 100);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(RetentionTest, TheLimitsAreEachClustersOwn) {
  PutJobs(6, 30 * kDay);
  PutJobs(4, 40 * kDay, "jura");
  Run(100 * kDay, 5);
  EXPECT_EQ(removed_.by_count, 1);
  EXPECT_EQ(store_->CountJobs("alps")->total, 5);
  EXPECT_EQ(store_->CountJobs("jura")->total, 4) << "though they are older";
  Run(35 * kDay, 0);
  EXPECT_EQ(store_->CountJobs()->total, 9);
  Run(35 * kDay, 0, "jura");
  EXPECT_EQ(store_->CountJobs("jura")->total, 0);
  EXPECT_EQ(store_->CountJobs("alps")->total, 5);
}

}  // namespace
}  // namespace smon
