// What Store says of crashes and of errors: what it has returned OK for stays,
// what it has not returned OK for has not happened, and it can be used again.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"
#include "testing/no_space.h"

namespace smon {
namespace {

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() : path_(MakeDirectory() + "/s.db") {}

  std::unique_ptr<Store> Open(const std::string& path) {
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenStore("sqlite://" + path, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  // One poll that stores `jobs` jobs.
  static absl::Status Commit(Store* store, const std::string& name,
                             int jobs = 1) {
    PollChanges changes;
    for (int i = 0; i < jobs; ++i) {
      changes.changes.push_back(
          {EndedJob(absl::StrCat(name, "_", i)), false, {"ended"}});
    }
    return store->CommitPoll(&changes);
  }

  static void CopyFile(const std::string& from, const std::string& to) {
    std::ofstream(to, std::ios::binary)
        << std::ifstream(from, std::ios::binary).rdbuf();
  }

  const std::string path_;
  FakeClock clock_;
};

TEST_F(CrashTest, WhatIsCommittedSurvivesAKill) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::unique_ptr<Store> store = Open(path_);
    if (store == nullptr || !Commit(store.get(), "a", 3).ok()) ::_exit(1);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    // In the midst of the next ones.
    for (int i = 0; Commit(store.get(), absl::StrCat("b", i), 200).ok(); ++i) {
    }
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ::close(ready[0]);
  ::close(ready[1]);

  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  // Each poll is there as a whole or not at all.
  EXPECT_GE(store->CountJobs()->total, 3);
  EXPECT_EQ(store->CountJobs()->total % 200, 3);
  EXPECT_TRUE(store->GetJob("", "a_2", std::nullopt).ok());
}

TEST_F(CrashTest, ACopyOfTheFilesAtAnyMomentHoldsWholeCommits) {
  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  for (int commit = 1; commit <= 5; ++commit) {
    ASSERT_TRUE(Commit(store.get(), absl::StrCat(commit), 10).ok());
    const std::string copy = MakeDirectory() + "/copy.db";
    CopyFile(path_, copy);
    CopyFile(path_ + "-wal", copy + "-wal");
    const std::unique_ptr<Store> reopened = Open(copy);
    ASSERT_NE(reopened, nullptr);
    EXPECT_EQ(reopened->CountJobs()->total, commit * 10);
  }
}

TEST_F(CrashTest, ATornLastCommitHasNotHappened) {
  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  ASSERT_TRUE(Commit(store.get(), "a").ok());
  std::ifstream wal(path_ + "-wal", std::ios::binary | std::ios::ate);
  const auto before = wal.tellg();
  ASSERT_TRUE(Commit(store.get(), "b", 10).ok());
  wal.seekg(0, std::ios::end);
  const auto after = wal.tellg();
  ASSERT_GT(after, before);
  for (auto size = before; size < after; size += 1000) {
    const std::string copy = MakeDirectory() + "/copy.db";
    CopyFile(path_, copy);
    CopyFile(path_ + "-wal", copy + "-wal");
    ASSERT_EQ(::truncate((copy + "-wal").c_str(), size), 0);
    const std::unique_ptr<Store> reopened = Open(copy);
    ASSERT_NE(reopened, nullptr);
    EXPECT_EQ(reopened->CountJobs()->total, 1) << size;
  }
}

TEST_F(CrashTest, AFullDiskIsUnavailableAndPasses) {
  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  ASSERT_TRUE(Commit(store.get(), "a").ok());
  PollChanges changes;
  changes.changes.push_back({EndedJob("b"), false, {"ended"}});
  {
    const NoSpace no_space(4096);
    const absl::Status status = store->CommitPoll(&changes);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(path_));
    // What is there can still be read, and the job has no id yet.
    EXPECT_EQ(store->CountJobs()->total, 1);
    EXPECT_EQ(changes.changes[0].job.id, 0);
  }
  const absl::Status status = store->CommitPoll(&changes);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(store->CountJobs()->total, 2);
  EXPECT_NE(changes.changes[0].job.id, 0);
}

TEST_F(CrashTest, NothingOfAPollThatFailsIsKept) {
  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  {
    const NoSpace no_space(256 << 10);
    EXPECT_EQ(Commit(store.get(), "many", 5000).code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(store->CountJobs()->total, 0);
  EXPECT_TRUE(Commit(store.get(), "many", 5000).ok());
  EXPECT_EQ(store->CountJobs()->total, 5000);
}

TEST_F(CrashTest, TheWatermarkIsStoredWithItsJobsOrNotAtAll) {
  const std::unique_ptr<Store> store = Open(path_);
  ASSERT_NE(store, nullptr);
  PollChanges changes;
  changes.cluster = "c";
  changes.accounting_watermark = clock_.Now();
  for (int i = 0; i < 5000; ++i) {
    changes.changes.push_back({EndedJob(absl::StrCat(i)), false, {"ended"}});
  }
  {
    const NoSpace no_space(256 << 10);
    EXPECT_FALSE(store->CommitPoll(&changes).ok());
  }
  EXPECT_EQ(store->AccountingProgress("c")->watermark, absl::InfinitePast());
  EXPECT_TRUE(store->CommitPoll(&changes).ok());
  EXPECT_EQ(store->AccountingProgress("c")->watermark, clock_.Now());
  EXPECT_EQ(store->CountJobs()->total, 5000);
}

}  // namespace
}  // namespace smon
