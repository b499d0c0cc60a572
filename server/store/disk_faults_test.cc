// What Store says of a disk that fails in the midst of anything: an error that
// may pass, nothing half done, and all as before once it works again.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "server/store/fault_vfs.h"
#include "server/store/store_fixture.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Operation = FaultVfs::Operation;

// Operations that fail one after the other: more than any call below has.
constexpr int kMostOperations = 1000;

struct Fault {
  const char* name;
  Operation operation;
  int code;
  const char* message;
};

class DiskFaultsTest : public ::testing::TestWithParam<Fault> {
 protected:
  static void SetUpTestSuite() {
    static const bool installed = [] {
      FaultVfs::Install();
      return true;
    }();
    ASSERT_TRUE(installed);
  }

  DiskFaultsTest() : path_(MakeDirectory() + "/s.db") { Reopen(); }
  ~DiskFaultsTest() override { FaultVfs::Mend(); }

  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenStore("sqlite://" + path_, &clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // A poll that brings a new job.
  absl::Status Commit(int ended = 100, Phase phase = Phase::kPending) {
    Job job = EndedJob(absl::StrCat(polls_ + 1), 0, ended);
    job.delivery.phase = phase;
    PollChanges changes;
    changes.cluster = "alps";
    changes.accounting_watermark = At(polls_ + 1);
    changes.changes.push_back({job, false, {"seen", "ended"}});
    const absl::Status status = store_->CommitPoll(&changes);
    if (status.ok()) {
      ++polls_;
      ++jobs_;
    }
    return status;
  }

  void ExpectAllThere() {
    EXPECT_EQ(store_->CountJobs()->total, jobs_);
    EXPECT_EQ(store_->ListJobs({})->jobs.size(), static_cast<size_t>(jobs_));
    EXPECT_EQ(store_->AccountingProgress("alps")->watermark, At(polls_));
    const absl::Status whole = store_->CheckIntegrity([] { return false; });
    EXPECT_TRUE(whole.ok()) << whole;
    EXPECT_TRUE(store_->Damage().ok()) << store_->Damage();
  }

  // Calls `body` with the disk failing from its first operation on, then from
  // its second …, until it does all of its work before any fails. `prepare` is
  // called before each, with a disk that works.
  void ForEachOperation(const std::function<void()>& prepare,
                        const std::function<absl::Status()>& body) {
    int failures = 0;
    for (int after = 1; after < kMostOperations; ++after) {
      prepare();
      FaultVfs::FailFrom(GetParam().operation, after, GetParam().code);
      const absl::Status status = body();
      const bool has_failed = FaultVfs::Mend();
      if (!status.ok()) {
        ++failures;
        EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
        EXPECT_THAT(std::string(status.message()),
                    AllOf(HasSubstr(path_), HasSubstr(GetParam().message)));
      }
      ExpectAllThere();
      if (HasFailure() || !has_failed) break;
    }
    EXPECT_GT(failures, 0);
  }

  const std::string path_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  int polls_ = 0;
  int jobs_ = 0;
};

class FailingWriteTest : public DiskFaultsTest {};
INSTANTIATE_TEST_SUITE_P(
    Faults, FailingWriteTest,
    ::testing::Values(Fault{"Full", Operation::kWrite, SQLITE_FULL,
                            "the disk is full"},
                      Fault{"IoError", Operation::kWrite, SQLITE_IOERR_WRITE,
                            "cannot be read or written"},
                      Fault{"ReadOnly", Operation::kWrite, SQLITE_READONLY,
                            "cannot be opened or written"},
                      Fault{"Sync", Operation::kSync, SQLITE_IOERR_FSYNC,
                            "cannot be read or written"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(FailingWriteTest, APollIsStoredWholeOrNotAtAll) {
  ASSERT_TRUE(Commit().ok());
  ForEachOperation([] {}, [&] { return Commit(); });
}

TEST_P(FailingWriteTest, AnAnswerIsStoredWholeOrNotAtAll) {
  ASSERT_TRUE(Commit().ok());
  const int64_t id = store_->GetJob("", "1", std::nullopt)->id;
  size_t entries = store_->GetHistory(id)->size();
  ForEachOperation([&] { EXPECT_EQ(store_->GetHistory(id)->size(), entries); },
                   [&] {
                     const absl::Status status =
                         store_->CommitDeliveries({Completed(id)}).status();
                     if (status.ok()) ++entries;
                     return status;
                   });
  EXPECT_EQ(store_->GetHistory(id)->size(), entries);
  EXPECT_TRUE(store_->GetAnswer(id).ok());
}

TEST_P(FailingWriteTest, OldJobsAreRemovedWholeOrNotAtAll) {
  ForEachOperation(
      [&] { ASSERT_TRUE(Commit(/*ended=*/1, Phase::kCompleted).ok()); },
      [&] {
        const absl::StatusOr<int64_t> removed =
            store_->RemoveEnded("alps", At(50), 9);
        if (removed.ok()) jobs_ -= *removed;
        return removed.status();
      });
}

TEST_P(FailingWriteTest, WhatWasStoredOutlivesACloseThatFails) {
  ASSERT_TRUE(Commit().ok());
  FaultVfs::FailFrom(GetParam().operation, 1, GetParam().code);
  store_.reset();
  FaultVfs::Mend();
  Reopen();
  ExpectAllThere();
}

class FailingReadTest : public DiskFaultsTest {};
INSTANTIATE_TEST_SUITE_P(
    Faults, FailingReadTest,
    ::testing::Values(Fault{"IoError", Operation::kRead, SQLITE_IOERR_READ,
                            "cannot be read or written"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(FailingReadTest, AReadThatFailsCanBeRepeated) {
  ASSERT_TRUE(Commit().ok());
  // After an open, nothing that was read before is remembered.
  ForEachOperation([&] { Reopen(); },
                   [&] { return store_->ListJobs({}).status(); });
}

}  // namespace
}  // namespace smon
