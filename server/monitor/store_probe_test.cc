#include "server/monitor/store_probe.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"

namespace smon {
namespace {

class StoreProbeTest : public ::testing::Test {
 protected:
  StoreProbeTest() {
    std::string directory = absl::StrCat(::testing::TempDir(), "/probeXXXXXX");
    path_ = absl::StrCat(::mkdtemp(directory.data()), "/a.db");
    store_ = *OpenStore(absl::StrCat("sqlite://", path_), &clock_);
    probe_ = std::make_unique<StoreProbe>(store_.get(), &clock_);
  }

  void AddJob() {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record = RunningRecord("1", 1, clock_.Now());
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  FakeClock clock_;
  std::string path_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoreProbe> probe_;
};

TEST_F(StoreProbeTest, TellsWhatIsInTheStore) {
  EXPECT_TRUE(absl::IsUnavailable(probe_->Latest().status()));
  AddJob();
  probe_->ReadOnce();
  const auto sample = probe_->Latest();
  ASSERT_TRUE(sample.ok()) << sample.status();
  EXPECT_EQ(sample->counts.at("c").total, 1);
  ASSERT_TRUE(sample->size.has_value());
  EXPECT_GT(sample->size->wal_bytes, 0);
  EXPECT_TRUE(probe_->health().healthy);
}

TEST_F(StoreProbeTest, AStoreThatDoesNotAnswerIsNotReadable) {
  probe_->ReadOnce();
  const absl::Time answered = clock_.Now();
  clock_.Advance(absl::Seconds(15));
  EXPECT_TRUE(probe_->Latest().ok());
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(probe_->Latest().status(),
            absl::UnavailableError("the store has not answered for 17s"));
  const auto health = probe_->health();
  EXPECT_FALSE(health.healthy);
  EXPECT_EQ(health.since, answered);
  EXPECT_EQ(health.last_error, "the store does not answer");
  probe_->ReadOnce();
  EXPECT_TRUE(probe_->Latest().ok());
  EXPECT_TRUE(probe_->health().healthy);
}

TEST_F(StoreProbeTest, TheThreadReadsAgainAndAgain) {
  probe_->Start();
  EXPECT_TRUE(probe_->Latest().ok());
  AddJob();
  while (probe_->Latest()->counts.empty()) std::this_thread::yield();
  probe_->Stop();
}

}  // namespace
}  // namespace smon
