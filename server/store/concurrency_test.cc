// Store is thread-safe, and its reads do not wait for writes.

#include <atomic>
#include <functional>
#include <thread>

#include "common/mutex.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ConcurrencyTest = StoreTest;
SMON_ON_ALL_ENGINES(ConcurrencyTest);

PollChanges PollOf(int first, int jobs) {
  PollChanges changes;
  changes.cluster = "alps";
  for (int i = first; i < first + jobs; ++i) {
    changes.changes.push_back({EndedJob(absl::StrCat(i), i), false, {"x"}});
  }
  return changes;
}

TEST_P(ConcurrencyTest, ManyThreadsReadAndWriteAtATime) {
  constexpr int kPolls = 20;
  constexpr int kJobsAPoll = 10;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  const auto until_done = [&](std::function<void()> body) {
    threads.emplace_back([&done, body = std::move(body)] {
      do {
        body();
      } while (!done);
    });
  };
  // More readers than the Store has sessions for them.
  for (int i = 0; i < 6; ++i) {
    until_done([&] {
      // Polls are seen as a whole.
      const absl::StatusOr<JobCounts> counts = store_->CountJobs();
      ASSERT_TRUE(counts.ok()) << counts.status();
      EXPECT_EQ(counts->total % kJobsAPoll, 0);
      EXPECT_TRUE(store_->ListJobs({}).ok());
    });
  }
  until_done([&] {
    absl::StatusOr<std::vector<Job>> due =
        store_->DueJobs(Phase::kPending, absl::InfiniteFuture(), 5);
    ASSERT_TRUE(due.ok()) << due.status();
    std::vector<DeliveryChange> changes;
    for (const Job& job : *due) changes.push_back(Completed(job.id));
    const absl::Status status = store_->CommitDeliveries(changes).status();
    EXPECT_TRUE(status.ok()) << status;
  });
  for (int i = 0; i < kPolls; ++i) {
    PollChanges changes = PollOf(i * kJobsAPoll, kJobsAPoll);
    const absl::Status status = store_->CommitPoll(&changes);
    EXPECT_TRUE(status.ok()) << status;
    clock_.Advance(absl::Seconds(1));
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->CountJobs()->total, kPolls * kJobsAPoll);
}

TEST_P(ConcurrencyTest, ARequestThatIsSentTwiceAtATimeIsDoneOnce) {
  constexpr int kJobs = 600;
  PollChanges changes = PollOf(0, kJobs);
  for (PollChanges::Change& change : changes.changes) {
    change.job.delivery = DeliveryIn(Phase::kRejected, absl::InfiniteFuture());
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  JobFilter filter;
  filter.phases = {Phase::kRejected};
  const ResubmitOrder order = AskedAt(At(700), "id");
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      auto report = store_->StartResubmission(filter, kJobs, order);
      while (report.ok() && report->left > 0) {
        report = store_->ContinueResubmission(order);
      }
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_EQ(report->resubmitted, kJobs);
    });
  }
  // Polls are stored meanwhile.
  for (int i = 0; i < 5; ++i) {
    PollChanges more = PollOf(kJobs + i, 1);
    EXPECT_TRUE(store_->CommitPoll(&more).ok());
  }
  for (std::thread& thread : threads) thread.join();
  JobQuery query;
  query.limit = 1000;
  for (const Job& job : List(query).jobs) {
    EXPECT_LE(job.delivery.resubmit_count, 1);
  }
  EXPECT_EQ(store_->CountJobs()->by_phase[Phase::kPending], kJobs + 5);
}

// A clock that lets a test do something in the midst of a write, which is when
// the Store asks for the time.
class StoppingClock final : public Clock {
 public:
  absl::Time Now() const override {
    if (in_write) in_write();
    return absl::FromUnixSeconds(1700000000);
  }
  absl::Duration Monotonic() const override { return absl::ZeroDuration(); }
  std::function<void()> in_write;
};

TEST(ReadTest, DoesNotWaitForAWriteAndDoesNotSeeIt) {
  StoppingClock clock;
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenStore(absl::StrCat("sqlite://", MakeDirectory(), "/s.db"), &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  int64_t seen = -1;
  // Would hang if it waited.
  clock.in_write = [&] { seen = (*store)->CountJobs()->total; };
  PollChanges changes = PollOf(0, 1);
  ASSERT_TRUE((*store)->CommitPoll(&changes).ok());
  EXPECT_EQ(seen, 0);
  EXPECT_EQ((*store)->CountJobs()->total, 1);
}

}  // namespace
}  // namespace smon
