#include "server/monitor/job_feed.h"

#include <atomic>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string CursorOf(const ChangePosition& position) {
  return absl::StrCat(position.change, ":", position.id);
}

ChangePosition PositionOf(const std::string& cursor) {
  const std::vector<std::string> parts = absl::StrSplit(cursor, ':');
  ChangePosition position;
  EXPECT_TRUE(absl::SimpleAtoi(parts.at(0), &position.change));
  EXPECT_TRUE(absl::SimpleAtoi(parts.at(1), &position.id));
  return position;
}

// Somebody who watches, and takes a response when the test says so.
class Reader final : public JobWatch::Stream {
 public:
  Reader(JobFeed* feed, const JobFilter& filter,
         std::optional<ChangePosition> after, JobWatch::Check check = nullptr)
      : feed_(feed),
        watch_(std::make_shared<JobWatch>(*JobMatcher::Make(filter), after,
                                          this, std::move(check))) {
    added_ = feed->Add(watch_);
  }
  ~Reader() override {
    watch_->Detach();
    feed_->Remove(watch_.get());
  }

  void Write(const v1::WatchJobsResponse* response) override {
    MutexLock lock(&mu_);
    EXPECT_FALSE(offered_.has_value()) << "the one before was not taken";
    EXPECT_FALSE(end_.has_value());
    offered_ = *response;
    changed_.NotifyAll();
  }
  void Finish(const absl::Status& status, const char* reason) override {
    MutexLock lock(&mu_);
    EXPECT_FALSE(end_.has_value());
    end_ = status;
    reason_ = reason;
    changed_.NotifyAll();
  }
  void Cancel() override {
    MutexLock lock(&mu_);
    cancelled_ = true;
    changed_.NotifyAll();
  }

  absl::Status added() const { return added_; }
  // Waits for a response.
  v1::WatchJobsResponse Take() {
    v1::WatchJobsResponse response;
    {
      MutexLock lock(&mu_);
      while (!offered_.has_value() && !end_.has_value()) changed_.Wait(&mu_);
      EXPECT_TRUE(offered_.has_value()) << *end_;
      if (!offered_.has_value()) return response;
      response = *std::move(offered_);
      offered_.reset();
    }
    cursor = response.cursor();
    watch_->OnWritten(feed_->Now());
    return response;
  }
  void WaitForOffer() {
    MutexLock lock(&mu_);
    while (!offered_.has_value()) changed_.Wait(&mu_);
  }
  // The ids of the jobs that come up to the one with this id.
  std::vector<std::string> TakeUpTo(const std::string& job_id) {
    std::vector<std::string> ids;
    while (ids.empty() || ids.back() != job_id) {
      const v1::WatchJobsResponse response = Take();
      if (response.has_job()) ids.push_back(response.job().job_id());
      if (response.cursor().empty()) break;
    }
    return ids;
  }
  absl::Status WaitForEnd() {
    MutexLock lock(&mu_);
    while (!end_.has_value()) changed_.Wait(&mu_);
    return *end_;
  }
  void WaitForCancel() {
    MutexLock lock(&mu_);
    while (!cancelled_) changed_.Wait(&mu_);
  }
  std::string reason() {
    MutexLock lock(&mu_);
    return reason_;
  }
  bool has_offer() {
    MutexLock lock(&mu_);
    return offered_.has_value();
  }

  std::string cursor;

 private:
  JobFeed* const feed_;
  const std::shared_ptr<JobWatch> watch_;
  absl::Status added_;
  Mutex mu_;
  CondVar changed_;
  std::optional<v1::WatchJobsResponse> offered_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
  std::string reason_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

class JobFeedTest : public ::testing::Test {
 protected:
  JobFeedTest() : store_(*OpenStore("memory:", &clock_)) {
    options_.watch.cursor_of = &CursorOf;
    options_.tick = absl::Milliseconds(2);
    options_.page_size = 3;
    options_.most_pages = 2;
  }
  ~JobFeedTest() override {
    if (feed_ != nullptr) feed_->Stop();
  }

  JobFeed* feed() {
    if (feed_ == nullptr) {
      feed_ = std::make_unique<JobFeed>(store_.get(), &clock_, options_);
      feed_->Start();
    }
    return feed_.get();
  }

  std::unique_ptr<Reader> Watch(
      const JobFilter& filter = {},
      std::optional<ChangePosition> after = std::nullopt) {
    auto reader = std::make_unique<Reader>(feed(), filter, after);
    EXPECT_TRUE(reader->added().ok()) << reader->added();
    return reader;
  }
  // One that has got its first response.
  std::unique_ptr<Reader> Watching(const JobFilter& filter = {}) {
    auto reader = Watch(filter);
    EXPECT_FALSE(reader->Take().has_job());
    return reader;
  }

  // Stores a job that runs, or a change of it.
  void Put(const std::string& job_id, const std::string& user = "alice",
           const std::string& reason = "") {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record = RunningRecord(job_id, 1, t0_);
    job.record.user = user;
    job.record.reason = reason;
    const absl::StatusOr<Job> known = store_->GetJob("", job_id, std::nullopt);
    if (known.ok()) job.id = known->id;
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  FakeClock clock_;
  const absl::Time t0_ = clock_.Now();
  const std::unique_ptr<Store> store_;
  JobFeed::Options options_;
  std::unique_ptr<JobFeed> feed_;
};

TEST_F(JobFeedTest, TheFirstResponseIsACursorAndComesAtOnce) {
  Put("1");
  auto reader = Watch();
  const v1::WatchJobsResponse first = reader->Take();
  EXPECT_FALSE(first.has_job());
  EXPECT_EQ(PositionOf(first.cursor()), *store_->LastChange());
}

TEST_F(JobFeedTest, ChangesFromNowOnAreTold) {
  Put("before");
  auto reader = Watching();
  Put("1");
  Put("2");
  EXPECT_THAT(reader->TakeUpTo("2"), ElementsAre("1", "2"));
  Put("before", "alice", "why");
  const v1::WatchJobsResponse response = reader->Take();
  EXPECT_EQ(response.job().job_id(), "before");
  EXPECT_EQ(response.job().reason(), "why");
}

TEST_F(JobFeedTest, OnlyWhatMatchesIsTold) {
  JobFilter bob;
  bob.user = "bob";
  auto reader = Watching(bob);
  auto all = Watching();
  for (int i = 0; i < 20; ++i) {
    Put(absl::StrCat(i), i % 10 == 0 ? "bob" : "alice");
  }
  EXPECT_THAT(reader->TakeUpTo("10"), ElementsAre("0", "10"));
  EXPECT_EQ(all->TakeUpTo("19").size(), 20u);
  EXPECT_FALSE(reader->has_offer());
}

TEST_F(JobFeedTest, EachChangeIsReadOnceHoweverManyWatch) {
  options_.most_pages = 10;  // so that nobody is further behind than they go
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(Watching());
  for (int i = 0; i < 4; ++i) Put(absl::StrCat(i));
  for (const auto& reader : readers) reader->TakeUpTo("3");
  EXPECT_EQ(feed()->counts().watches, 50);
  EXPECT_EQ(feed()->counts().changes_read, 4);
}

TEST_F(JobFeedTest, NothingIsReadWhileNobodyWatches) {
  feed();
  for (int i = 0; i < 10; ++i) Put(absl::StrCat(i));
  Watching().reset();
  for (int i = 0; i < 10; ++i) Put(absl::StrCat("other", i));
  auto reader = Watching();
  Put("last");
  EXPECT_THAT(reader->TakeUpTo("last"), ElementsAre("last"));
  EXPECT_EQ(feed()->counts().changes_read, 1);
}

TEST_F(JobFeedTest, AJobThatChangesWhileItsReaderIsSlowIsToldAsItIs) {
  auto reader = Watching();
  Put("1");
  reader->WaitForOffer();
  // More than the pages in memory hold.
  for (int i = 0; i < 30; ++i) Put("2", "alice", absl::StrCat("reason ", i));
  auto other = Watching();
  Put("3");
  EXPECT_THAT(other->TakeUpTo("3"), ElementsAre("3"));
  EXPECT_EQ(reader->Take().job().job_id(), "1");
  v1::WatchJobsResponse response;
  int told = 0;
  do {
    response = reader->Take();
    if (response.job().job_id() == "2") ++told;
  } while (response.job().reason() != "reason 29");
  EXPECT_LE(told, 6);
}

TEST_F(JobFeedTest, AWatcherGoesOnFromItsCursorAndMissesNothing) {
  auto reader = Watching();
  for (int i = 0; i < 5; ++i) Put(absl::StrCat(i));
  reader->TakeUpTo("2");
  const std::string cursor = reader->cursor;
  reader.reset();
  for (int i = 5; i < 40; ++i) Put(absl::StrCat(i));
  Put("0", "alice", "changed");
  auto again = Watch({}, PositionOf(cursor));
  EXPECT_FALSE(again->Take().has_job());
  std::vector<std::string> expected = {"0"};
  for (int i = 3; i < 40; ++i) expected.push_back(absl::StrCat(i));
  EXPECT_EQ(again->TakeUpTo("39"), expected);
  // And goes on with what changes from then on.
  Put("live");
  EXPECT_THAT(again->TakeUpTo("live"), ElementsAre("live"));
}

TEST_F(JobFeedTest, ACursorIsGoodForAnotherFeedAndAnotherFilter) {
  auto reader = Watching();
  Put("1");
  reader->TakeUpTo("1");
  const ChangePosition position = PositionOf(reader->cursor);
  reader.reset();
  feed_.reset();
  Put("2");
  Put("3", "bob");
  JobFilter bob;
  bob.user = "bob";
  auto again = Watch(bob, position);
  EXPECT_THAT(again->TakeUpTo("3"), ElementsAre("3"));
}

TEST_F(JobFeedTest, ACursorThatTheStoreHasNotComeToTellsEverything) {
  Put("1");
  Put("2");
  ChangePosition position = *store_->LastChange();
  position.id += 100;
  auto reader = Watch({}, position);
  EXPECT_THAT(reader->TakeUpTo("2"), ElementsAre("1", "2"));
  Put("3");
  EXPECT_THAT(reader->TakeUpTo("3"), ElementsAre("3"));
}

TEST_F(JobFeedTest, ManyWhoAreFarBehindShareWhatIsRead) {
  Put("0");
  const ChangePosition begin = *store_->LastChange();
  for (int i = 1; i <= 60; ++i) Put(absl::StrCat(i));
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(Watch({}, begin));
  for (int i = 1; i <= 60; ++i) {
    for (const auto& reader : readers) {
      EXPECT_THAT(reader->TakeUpTo(absl::StrCat(i)),
                  ElementsAre(absl::StrCat(i)));
    }
  }
  EXPECT_LE(feed()->counts().changes_read, 180);
}

TEST_F(JobFeedTest, AHeartbeatMovesAQuietCursorOn) {
  JobFilter bob;
  bob.user = "bob";
  auto reader = Watching(bob);
  auto all = Watching();
  Put("1");
  Put("2");
  EXPECT_THAT(all->TakeUpTo("2"), ElementsAre("1", "2"));
  clock_.Advance(options_.watch.heartbeat);
  const v1::WatchJobsResponse heartbeat = reader->Take();
  EXPECT_FALSE(heartbeat.has_job());
  EXPECT_EQ(PositionOf(heartbeat.cursor()), *store_->LastChange());
}

TEST_F(JobFeedTest, WhoMayNoLongerWatchIsToldSoAndTheOthersGoOn) {
  const absl::Status gone = absl::UnauthenticatedError("withdrawn");
  std::atomic<bool> allowed{true};
  Reader watcher(feed(), {}, std::nullopt,
                 [&] { return allowed ? absl::OkStatus() : gone; });
  auto other = Watching();
  clock_.Advance(options_.tick);
  Put("1");
  EXPECT_THAT(watcher.TakeUpTo("1"), ElementsAre("1"));
  EXPECT_THAT(other->TakeUpTo("1"), ElementsAre("1"));
  allowed = false;
  clock_.Advance(options_.tick);
  EXPECT_EQ(watcher.WaitForEnd(), gone);
  EXPECT_EQ(watcher.reason(), JobWatch::kNotAllowed);
  Put("2");
  EXPECT_THAT(other->TakeUpTo("2"), ElementsAre("2"));
}

TEST_F(JobFeedTest, ASlowReaderIsToldSoAndTheOthersDoNotWait) {
  auto slow = Watching();
  auto other = Watching();
  Put("1");
  slow->WaitForOffer();
  other->TakeUpTo("1");
  for (int i = 2; i < 40; ++i) Put(absl::StrCat(i));
  EXPECT_EQ(other->TakeUpTo("39").size(), 38u);
  clock_.Advance(options_.watch.patience);
  const absl::Status end = slow->WaitForEnd();
  EXPECT_EQ(end.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(end.message()), HasSubstr("cursor"));
  EXPECT_EQ(slow->reason(), JobWatch::kSlowReader);
  while (feed()->counts().slow_readers == 0) std::this_thread::yield();
  // The other one got a heartbeat.
  EXPECT_FALSE(other->Take().has_job());
  // It does not take that either.
  clock_.Advance(options_.watch.patience);
  slow->WaitForCancel();
  Put("last");
  EXPECT_THAT(other->TakeUpTo("last"), ElementsAre("last"));
}

TEST_F(JobFeedTest, NobodyIsTooManyUntilTheBoundIsReached) {
  options_.most_watches = 2;
  auto first = Watching();
  auto second = Watching();
  Reader third(feed(), {}, std::nullopt);
  EXPECT_EQ(third.added().code(), absl::StatusCode::kResourceExhausted);
  second.reset();
  Watching();
}

TEST_F(JobFeedTest, AStopEndsAllStreamsAtOnce) {
  auto idle = Watching();
  auto writing = Watching();
  Put("1");
  writing->WaitForOffer();
  feed()->Stop();
  EXPECT_EQ(idle->WaitForEnd().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(writing->WaitForEnd().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(idle->reason(), JobWatch::kStopping);
  Reader late(feed(), {}, std::nullopt);
  EXPECT_EQ(late.added().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace smon
