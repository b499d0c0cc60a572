// What Store says of a file whose bytes are not what was written.

#include <cstdio>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "server/store/sqlite.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kJobs = 2000;

bool GoOn() { return false; }
bool Stop() { return true; }

class DamageTest : public ::testing::Test {
 protected:
  DamageTest() : path_(MakeDirectory() + "/s.db") {
    PollChanges changes;
    changes.cluster = "alps";
    for (int i = 0; i < kJobs; ++i) {
      changes.changes.push_back({EndedJob(absl::StrCat(i), i), false, {"x"}});
    }
    EXPECT_TRUE(Open()->CommitPoll(&changes).ok());
  }

  std::unique_ptr<Store> Open() {
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenStore("sqlite://" + path_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  std::string Bytes() {
    std::stringstream bytes;
    bytes << std::ifstream(path_, std::ios::binary).rdbuf();
    return bytes.str();
  }

  // Overwrites a stretch of the file, from one part of it to another. What an
  // OpenStore reads is in the first tenth.
  void Overwrite(double begin, double end) {
    std::string text = Bytes();
    const size_t from = static_cast<size_t>(begin * text.size());
    const size_t bytes = static_cast<size_t>((end - begin) * text.size());
    text.replace(from, bytes, std::string(bytes, '\xaa'));
    std::ofstream(path_, std::ios::binary) << text;
  }

  const std::string path_;
  FakeClock clock_;
};

TEST_F(DamageTest, AWholeFileIsWhole) {
  const std::unique_ptr<Store> store = Open();
  EXPECT_TRUE(store->CheckIntegrity(GoOn).ok());
  EXPECT_TRUE(store->Damage().ok());
}

TEST_F(DamageTest, ACheckSeesWhatOthersWroteMeanwhileAsAWhole) {
  const std::unique_ptr<Store> store = Open();
  int writes = 0;
  const absl::Status status = store->CheckIntegrity([&] {
    PollChanges changes;
    changes.changes.push_back(
        {EndedJob(absl::StrCat("new", writes++)), false, {}});
    EXPECT_TRUE(store->CommitPoll(&changes).ok());
    return false;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GT(writes, 0);
}

TEST_F(DamageTest, ACheckCanBeStopped) {
  const std::unique_ptr<Store> store = Open();
  EXPECT_EQ(store->CheckIntegrity(Stop).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(store->Damage().ok());
}

TEST_F(DamageTest, ACheckFindsOverwrittenPagesAndSaysWhatToDo) {
  Overwrite(0.5, 0.55);
  const std::string bytes = Bytes();
  const std::unique_ptr<Store> store = Open();
  const absl::Status status = store->CheckIntegrity(GoOn);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(path_), HasSubstr("restore a backup"),
                    HasSubstr("docs/STORE.md"), Not(HasSubstr("\n"))));
  EXPECT_EQ(store->Damage(), status);
  EXPECT_EQ(Bytes(), bytes);
}

TEST_F(DamageTest, ACheckFindsAnIndexThatLacksARow) {
  // A change of a row while the index is out of sight.
  int page = 0;
  std::string sql;
  {
    const std::unique_ptr<soci::session> session = OpenSqlite(path_);
    *session << "PRAGMA writable_schema = ON";
    *session << "SELECT rootpage, sql FROM sqlite_master "
                "WHERE name = 'jobs_by_user'",
        soci::into(page), soci::into(sql);
    *session << "DELETE FROM sqlite_master WHERE name = 'jobs_by_user'";
  }
  *OpenSqlite(path_) << "UPDATE jobs SET user_name = 'bob' WHERE id = 1";
  {
    const std::unique_ptr<soci::session> session = OpenSqlite(path_);
    *session << "PRAGMA writable_schema = ON";
    *session << "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, "
                "sql) VALUES ('index', 'jobs_by_user', 'jobs', :page, :sql)",
        soci::use(page), soci::use(sql);
  }
  const absl::Status status = Open()->CheckIntegrity(GoOn);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(DamageTest, AReaderThatMeetsItIsToldAndSoIsDamage) {
  Overwrite(0.2, 0.9);
  const std::unique_ptr<Store> store = Open();
  EXPECT_TRUE(store->Damage().ok());
  JobQuery query;
  query.limit = kJobs;
  const absl::Status status = store->ListJobs(query).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(store->Damage(), status);
}

TEST_F(DamageTest, AFileThatWasCutOffIsNotOpened) {
  const std::string bytes = Bytes();
  std::ofstream(path_, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_EQ(OpenStore("sqlite://" + path_, &clock_).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Bytes().size(), bytes.size() / 2);
}

TEST_F(DamageTest, ACheckOfAFileThatWasRemovedMakesNoNewOne) {
  const std::unique_ptr<Store> store = Open();
  ASSERT_EQ(::rename(path_.c_str(), (path_ + ".aside").c_str()), 0);
  EXPECT_EQ(store->CheckIntegrity(GoOn).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(std::ifstream(path_).is_open());
  EXPECT_TRUE(store->Damage().ok());
}

TEST_F(DamageTest, AStoreInMemoryIsWhole) {
  const std::unique_ptr<Store> store = *OpenStore("memory:", &clock_);
  EXPECT_TRUE(store->CheckIntegrity(GoOn).ok());
}

}  // namespace
}  // namespace smon
