#include "server/monitor/due_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace smon {
namespace {

class DueQueueTest : public ::testing::Test {
 protected:
  DueQueueTest()
      : queue_(
            [this](absl::Time, int limit) -> absl::StatusOr<std::vector<Job>> {
              ++reads_;
              if (!status_.ok()) return status_;
              std::vector<Job> jobs(std::min<size_t>(limit, due_));
              for (size_t i = 0; i < jobs.size(); ++i) jobs[i].id = i + 1;
              return jobs;
            },
            [this]() -> absl::StatusOr<absl::Time> { return next_; }) {}

  // The ids of what is read at the time.
  std::vector<int64_t> FillAt(absl::Time now) {
    EXPECT_EQ(queue_.Fill(now, now, in_flight_), status_);
    std::vector<int64_t> ids;
    while (!queue_.empty()) ids.push_back(queue_.Take().id);
    return ids;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1700000000);
  size_t due_ = 0;
  absl::Time next_ = absl::InfiniteFuture();
  absl::Status status_;
  absl::flat_hash_set<int64_t> in_flight_;
  int reads_ = 0;
  DueQueue queue_;
};

TEST_F(DueQueueTest, WhatIsInFlightIsLeftOut) {
  due_ = 4;
  in_flight_ = {1, 3};
  EXPECT_EQ(FillAt(now_), (std::vector<int64_t>{2, 4}));
}

TEST_F(DueQueueTest, AlsoWhatIsAtHandAndWentOutByAnotherQueue) {
  due_ = 3;
  ASSERT_TRUE(queue_.Fill(now_, now_, in_flight_).ok());
  in_flight_ = {1, 2};
  EXPECT_EQ(FillAt(now_), (std::vector<int64_t>{3}));
  EXPECT_EQ(reads_, 1);
}

TEST_F(DueQueueTest, NothingIsReadWhileThereAreJobsAtHand) {
  due_ = 2;
  ASSERT_TRUE(queue_.Fill(now_, now_, in_flight_).ok());
  ASSERT_TRUE(queue_.Fill(now_, now_, in_flight_).ok());
  EXPECT_EQ(reads_, 1);
  queue_.Clear();
  EXPECT_TRUE(queue_.empty());
}

TEST_F(DueQueueTest, LongQueuesAreReadBitByBit) {
  due_ = 100'000;
  EXPECT_EQ(FillAt(now_).size(), 64u);
  EXPECT_EQ(FillAt(now_).size(), 64u);
}

TEST_F(DueQueueTest, AnEmptyStoreIsLookedAtWhenTheNextIsDue) {
  next_ = now_ + absl::Seconds(7);
  FillAt(now_);
  EXPECT_EQ(queue_.NextLook(), next_);
  FillAt(next_ - absl::Seconds(1));
  EXPECT_EQ(reads_, 1);
  FillAt(next_);
  EXPECT_EQ(reads_, 2);
}

TEST_F(DueQueueTest, AndAtLeastEveryHalfMinute) {
  FillAt(now_);
  EXPECT_EQ(queue_.NextLook(), now_ + absl::Seconds(30));
  queue_.LookAgain();
  FillAt(now_);
  EXPECT_EQ(reads_, 2);
}

TEST_F(DueQueueTest, AClockThatWasSetBackDelaysNoLook) {
  next_ = now_ + absl::Seconds(7);
  ASSERT_TRUE(queue_.Fill(now_, now_ + absl::Hours(1), in_flight_).ok());
  EXPECT_EQ(queue_.NextLook(), now_ + absl::Hours(1) + absl::Seconds(7));
}

TEST_F(DueQueueTest, AfterAnErrorTheStoreIsLeftAloneForAWhile) {
  status_ = absl::UnavailableError("disk full");
  FillAt(now_);
  status_ = absl::OkStatus();
  due_ = 1;
  EXPECT_TRUE(FillAt(now_ + absl::Seconds(29)).empty());
  EXPECT_EQ(FillAt(now_ + absl::Seconds(30)).size(), 1u);
}

}  // namespace
}  // namespace smon
