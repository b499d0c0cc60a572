#include <sys/statvfs.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

TEST(StoreSizeTest, AFileHasASizeALogAndADiskWithRoom) {
  FakeClock clock;
  const std::string directory = MakeDirectory();
  auto store = OpenStore(absl::StrCat("sqlite://", directory, "/a.db"), &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  PollChanges changes;
  changes.cluster = "alps";
  for (int i = 0; i < 100; ++i) {
    changes.changes.emplace_back().job = RunningJob(absl::StrCat(i));
  }
  ASSERT_TRUE((*store)->CommitPoll(&changes).ok());

  const auto size = (*store)->Size();
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_GE(size->database_bytes + size->wal_bytes, 16 * 1024);
  EXPECT_GT(size->wal_bytes, 0);
  struct statvfs disk;
  ASSERT_EQ(statvfs(directory.c_str(), &disk), 0);
  EXPECT_GT(size->free_bytes, 0);
  EXPECT_LE(size->free_bytes,
            static_cast<int64_t>(disk.f_blocks * disk.f_frsize));
}

TEST(StoreSizeTest, AFileThatIsGoneHasNoSize) {
  FakeClock clock;
  const std::string path = absl::StrCat(MakeDirectory(), "/a.db");
  auto store = OpenStore(absl::StrCat("sqlite://", path), &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_EQ(remove(path.c_str()), 0);
  EXPECT_TRUE(absl::IsUnavailable((*store)->Size().status()));
}

TEST(StoreSizeTest, AStoreInMemoryTakesNothingOfADisk) {
  FakeClock clock;
  auto store = OpenStore("memory:", &clock);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE(absl::IsUnimplemented((*store)->Size().status()));
}

}  // namespace
}  // namespace smon
