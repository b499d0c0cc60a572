// What Submitter does with answers while the Store cannot take them.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/monitor/submitter.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"
#include "testing/no_space.h"

namespace smon {
namespace {

class SubmitterStoreTest : public ::testing::Test {
 protected:
  SubmitterStoreTest() {
    std::string folder = ::testing::TempDir() + "/submitter-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    store_ = *OpenStore("sqlite://" + folder_ + "/s.db", &clock_);
    Submitter::Options options;
    options.submit_rate = 0;
    options.max_submits_in_flight = 2;
    submitter_ = std::make_unique<Submitter>(
        store_.get(), &attrsvc_, &clock_, [] { return 0.5; }, &attrsvc_health_,
        &store_health_, options);
  }
  ~SubmitterStoreTest() override {
    submitter_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Ended jobs "1", "2", …, each with a log of its own.
  void AddEndedJobs(int count) {
    PollChanges changes;
    for (int i = 1; i <= count; ++i) {
      Job& job = changes.changes.emplace_back().job;
      job.record = Ended(RunningRecord(std::to_string(i), i, clock_.Now()),
                         slurm::JobState::kFailed, {1, 0}, clock_.Now());
      job.log.path = "/logs/" + job.record.job_id + ".out";
      job.delivery = StartDelivery(job.log, clock_.Now());
    }
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }
  Phase StoredPhase(const std::string& job_id) {
    return store_->GetJob("", job_id, std::nullopt)->delivery.phase;
  }
  void AnswerTheFirst(int count) {
    for (int i = 0; i < count; ++i) {
      attrsvc_.submissions[i].answer(FakeAttrsvcClient::Accepted());
    }
  }

  std::string folder_;
  FakeClock clock_;
  FakeAttrsvcClient attrsvc_;
  ComponentHealth attrsvc_health_{"attrsvc", &clock_};
  ComponentHealth store_health_{"store", &clock_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Submitter> submitter_;
};

TEST_F(SubmitterStoreTest, NothingIsSentBeforeWhatWasAnsweredIsStored) {
  AddEndedJobs(4);
  submitter_->Step();
  ASSERT_EQ(attrsvc_.submissions.size(), 2u);
  AnswerTheFirst(2);
  {
    const NoSpace no_space(4096);
    for (int i = 0; i < 10; ++i) {
      submitter_->Step();
      clock_.Advance(absl::Minutes(1));
    }
    EXPECT_EQ(attrsvc_.submissions.size(), 2u);
    EXPECT_EQ(StoredPhase("1"), Phase::kPending);
  }
  submitter_->Step();
  EXPECT_EQ(StoredPhase("1"), Phase::kSubmitted);
  EXPECT_EQ(StoredPhase("2"), Phase::kSubmitted);
  ASSERT_EQ(attrsvc_.submissions.size(), 4u);
  EXPECT_EQ(attrsvc_.submissions[2].request.log_path, "/logs/3.out");
  EXPECT_EQ(attrsvc_.submissions[3].request.log_path, "/logs/4.out");
}

TEST_F(SubmitterStoreTest, WhatCannotBeStoredMakesTheStoreUnhealthy) {
  AddEndedJobs(1);
  submitter_->Step();
  AnswerTheFirst(1);
  const NoSpace no_space(4096);
  for (int i = 0; i < 10; ++i) {
    submitter_->Step();
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_FALSE(store_health_.Get().healthy);
}

}  // namespace
}  // namespace smon
