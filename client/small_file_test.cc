#include "client/small_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace smon::client {
namespace {

using ::testing::HasSubstr;

class ReadSmallFileTest : public ::testing::Test {
 protected:
  ReadSmallFileTest() {
    std::string folder = ::testing::TempDir() + "file.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~ReadSmallFileTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& text) {
    const std::string path = folder_ + "/file";
    std::ofstream(path) << text;
    return path;
  }

  static std::string ErrorOf(const std::string& path) {
    const auto text = ReadSmallFile(path, absl::Milliseconds(50));
    EXPECT_FALSE(text.ok()) << path;
    return std::string(text.status().message());
  }

  std::string folder_;
};

TEST_F(ReadSmallFileTest, IsWhatTheFileHolds) {
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(*ReadSmallFile(File(bytes)), bytes);
  EXPECT_EQ(*ReadSmallFile(File("")), "");
  EXPECT_EQ(*ReadSmallFile("/dev/null"), "");
  const std::string longest(kSmallFileBytes, 'x');
  EXPECT_EQ(*ReadSmallFile(File(longest)), longest);
}

TEST_F(ReadSmallFileTest, ReadsAPipeToItsEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(write(ends[1], "token", 5), 5);
  close(ends[1]);
  EXPECT_EQ(*ReadSmallFile(absl::StrCat("/dev/fd/", ends[0])), "token");
  close(ends[0]);
}

TEST_F(ReadSmallFileTest, DoesNotWaitForEverForWhatDoesNotCome) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_THAT(ErrorOf(absl::StrCat("/dev/fd/", ends[0])),
              HasSubstr("nothing came from it within 50ms"));
  close(ends[0]);
  close(ends[1]);
  const std::string path = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf(path), HasSubstr("nobody writes"));
}

TEST_F(ReadSmallFileTest, IsBounded) {
  EXPECT_THAT(ErrorOf("/dev/zero"), HasSubstr("longer than 1 MiB"));
  EXPECT_THAT(ErrorOf(File(std::string(kSmallFileBytes + 1, 'x'))),
              HasSubstr("longer than 1 MiB"));
}

TEST_F(ReadSmallFileTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(ErrorOf(folder_), "Is a directory");
  EXPECT_EQ(ErrorOf(folder_ + "/none"), "No such file or directory");
  EXPECT_EQ(ReadSmallFile(folder_ + "/none").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace smon::client
