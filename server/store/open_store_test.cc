// What OpenStore says of urls and files.

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "server/store/sqlite.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class OpenStoreTest : public ::testing::Test {
 protected:
  OpenStoreTest() : directory_(MakeDirectory()), path_(directory_ + "/s.db") {}

  absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path) {
    return OpenStore("sqlite://" + path, &clock_);
  }

  static void WriteFile(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  static std::string ReadFile(const std::string& path) {
    std::stringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  }

  static int ModeOf(const std::string& path) {
    struct stat info;
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : -1;
  }

  // One line that names the file.
  static void ExpectError(const absl::Status& status, absl::StatusCode code,
                          const std::string& path) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(path), Not(HasSubstr("\n"))));
  }

  const std::string directory_;
  const std::string path_;
  FakeClock clock_;
};

TEST_F(OpenStoreTest, OtherUrlsAreInvalidAndToldTheAcceptedForms) {
  for (const char* const url :
       {"", "sqlite", "sqlite://", "sqlite:///", "sqlite:///dir/",
        "sqlite://relative.db", "sqlite:relative.db", "/var/lib/smon.db",
        "mysql://host/db", "memory", "sqlite::memory:", "sqlite:///a\"b.db",
        "sqlite:///a\nb.db", "sqlite:///a\xff.db"}) {
    const absl::Status status = OpenStore(url, &clock_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("sqlite:///absolute/path/smon.db"),
                      HasSubstr("memory:"), Not(HasSubstr("\n"))));
  }
  EXPECT_THAT(std::string(OpenStore("mysql://x", &clock_).status().message()),
              HasSubstr("mysql://x"));
}

TEST_F(OpenStoreTest, MakesTheFileForItsUserOnly) {
  ASSERT_TRUE(Open(path_).ok());
  EXPECT_EQ(ModeOf(path_), 0600);
}

TEST_F(OpenStoreTest, KeepsTheModeOfAFileThatIsThere) {
  WriteFile(path_, "");
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  ASSERT_TRUE(Open(path_).ok());
  EXPECT_EQ(ModeOf(path_), 0640);
}

TEST_F(OpenStoreTest, MakesTheLastDirectoryForItsUserOnly) {
  ASSERT_TRUE(Open(directory_ + "/new/s.db").ok());
  EXPECT_EQ(ModeOf(directory_ + "/new"), 0700);
}

TEST_F(OpenStoreTest, DoesNotMakeTheDirectoryAbove) {
  const std::string path = directory_ + "/a/b/s.db";
  const absl::Status status = Open(path).status();
  ExpectError(status, absl::StatusCode::kUnavailable, path);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("No such file"), HasSubstr("create its dir")));
  EXPECT_EQ(ModeOf(directory_ + "/a"), -1);
}

TEST_F(OpenStoreTest, APathBelowAFileIsUnavailable) {
  WriteFile(path_, "");
  ExpectError(Open(path_ + "/s.db").status(), absl::StatusCode::kUnavailable,
              path_);
}

TEST_F(OpenStoreTest, ADirectoryIsNoStore) {
  ExpectError(Open(directory_).status(), absl::StatusCode::kUnavailable,
              directory_);
}

TEST_F(OpenStoreTest, PathsMayHoldSpacesAndMore) {
  const std::string path = directory_ + "/a b  c=d ;'%20 timeout=x.db";
  ASSERT_TRUE(Open(path).ok());
  EXPECT_EQ(ModeOf(path), 0600);
}

TEST_F(OpenStoreTest, EverythingIsThereAfterTheNextOpen) {
  int64_t id = 0;
  {
    absl::StatusOr<std::unique_ptr<Store>> store = Open(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    PollChanges changes;
    changes.cluster = "alps";
    changes.accounting_watermark = At(77);
    changes.changes.push_back({EndedJob("1"), false, {"ended"}});
    changes.changes.push_back({RunningJob("2"), false, {}});
    ASSERT_TRUE((*store)->CommitPoll(&changes).ok());
    id = changes.changes[0].job.id;
    ASSERT_TRUE((*store)->CommitDeliveries({Completed(id)}).ok());
  }
  absl::StatusOr<std::unique_ptr<Store>> store = Open(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->CountJobs()->total, 2);
  EXPECT_EQ((*store)->GetJob("", "1", std::nullopt)->verdict->action,
            Action::kStop);
  EXPECT_EQ(*(*store)->GetAnswer(id), R"({"status":"completed"})");
  EXPECT_EQ((*store)->GetHistory(id)->size(), 2u);
  EXPECT_EQ((*store)->AccountingProgress("alps")->watermark, At(77));
}

TEST_F(OpenStoreTest, ASecondOneOnTheSameFileIsRefused) {
  absl::StatusOr<std::unique_ptr<Store>> first = Open(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status status = Open(path_).status();
  ExpectError(status, absl::StatusCode::kFailedPrecondition, path_);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("another smonsvc uses " + path_));
  // The first goes on, and leaves the file to the next when it ends.
  EXPECT_TRUE((*first)->CountJobs().ok());
  first->reset();
  EXPECT_TRUE(Open(path_).ok());
}

TEST_F(OpenStoreTest, AFileThatIsNoDatabaseIsDataLossAndLeftAlone) {
  const std::string text(8192, 'x');
  WriteFile(path_, text);
  ExpectError(Open(path_).status(), absl::StatusCode::kDataLoss, path_);
  EXPECT_EQ(ReadFile(path_), text);
}

TEST_F(OpenStoreTest, ADamagedDatabaseIsDataLoss) {
  ASSERT_TRUE(Open(path_).ok());
  std::string bytes = ReadFile(path_);
  ASSERT_GT(bytes.size(), 8192u);
  // Its table of tables.
  bytes.replace(100, 3000, std::string(3000, '\xaa'));
  WriteFile(path_, bytes);
  ExpectError(Open(path_).status(), absl::StatusCode::kDataLoss, path_);
  EXPECT_EQ(ReadFile(path_), bytes);
}

TEST_F(OpenStoreTest, ANewerSchemaIsRefusedAndLeftAlone) {
  ASSERT_TRUE(Open(path_).ok());
  *OpenSqlite(path_) << "INSERT INTO schema_version (version) VALUES (1000)";
  const std::string bytes = ReadFile(path_);
  const absl::Status status = Open(path_).status();
  ExpectError(status, absl::StatusCode::kFailedPrecondition, path_);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("version 1000"), HasSubstr("newer smonsvc")));
  EXPECT_EQ(ReadFile(path_), bytes);
}

TEST_F(OpenStoreTest, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
  *OpenSqlite(path_) << "CREATE TABLE schema_version (version INTEGER)";
  const std::string bytes = ReadFile(path_);
  const absl::Status status = Open(path_).status();
  ExpectError(status, absl::StatusCode::kFailedPrecondition, path_);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  EXPECT_EQ(ReadFile(path_), bytes);
}

TEST_F(OpenStoreTest, ReadsGoOnWhileAnotherProgramWritesToTheFile) {
  absl::StatusOr<std::unique_ptr<Store>> store = Open(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  const std::unique_ptr<soci::session> other = OpenSqlite(path_);
  BeginWrite(*other);
  EXPECT_EQ((*store)->CountJobs()->total, 0);
  other->rollback();
}

TEST_F(OpenStoreTest, AFileThatIsRemovedMeanwhileIsUnavailable) {
  const auto store = Open(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  PollChanges changes;
  changes.cluster = "c";
  changes.accounting_watermark = clock_.Now();
  ASSERT_TRUE((*store)->CommitPoll(&changes).ok());

  const std::string aside = path_ + ".aside";
  ASSERT_EQ(::rename(path_.c_str(), aside.c_str()), 0);
  ExpectError((*store)->CommitPoll(&changes), absl::StatusCode::kUnavailable,
              path_);
  WriteFile(path_, "another file");
  ExpectError((*store)->CommitPoll(&changes), absl::StatusCode::kUnavailable,
              path_);
  ASSERT_EQ(::rename(aside.c_str(), path_.c_str()), 0);
  EXPECT_TRUE((*store)->CommitPoll(&changes).ok());
}

TEST_F(OpenStoreTest, EachMemoryStoreIsItsOwn) {
  absl::StatusOr<std::unique_ptr<Store>> a = OpenStore("memory:", &clock_);
  absl::StatusOr<std::unique_ptr<Store>> b = OpenStore("memory:", &clock_);
  ASSERT_TRUE(a.ok() && b.ok());
  PollChanges changes;
  changes.changes.push_back({RunningJob("1"), false, {}});
  ASSERT_TRUE((*a)->CommitPoll(&changes).ok());
  EXPECT_EQ((*a)->CountJobs()->total, 1);
  EXPECT_EQ((*b)->CountJobs()->total, 0);
}

}  // namespace
}  // namespace smon
