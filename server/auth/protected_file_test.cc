#include "server/auth/protected_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace smon {
namespace {

using ::testing::HasSubstr;

class ProtectedFileTest : public ::testing::Test {
 protected:
  void Write(const std::string& text, mode_t mode) {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }
  std::string ErrorOf(Secrecy secrecy) {
    return std::string(ReadProtectedFile(path_, secrecy).status().message());
  }

  const std::string path_ = ::testing::TempDir() + "/protected";
};

TEST_F(ProtectedFileTest, WhatOnlyItsGroupMayReadIsRead) {
  Write("text", 0640);
  EXPECT_EQ(*ReadProtectedFile(path_, Secrecy::kPrivate), "text");
}

TEST_F(ProtectedFileTest, AKeyThatEverybodyMayReadIsRefused) {
  Write("text", 0644);
  EXPECT_THAT(ErrorOf(Secrecy::kPrivate),
              HasSubstr("read by everybody; chmod"));
  EXPECT_TRUE(ReadProtectedFile(path_, Secrecy::kHashes).ok());
  EXPECT_TRUE(ReadProtectedFile(path_, Secrecy::kPublic).ok());
}

TEST_F(ProtectedFileTest, WhatEverybodyMayWriteIsRefused) {
  Write("text", 0602);
  EXPECT_THAT(ErrorOf(Secrecy::kHashes), HasSubstr("written by everybody"));
  EXPECT_THAT(ErrorOf(Secrecy::kPublic), HasSubstr("written by everybody"));
}

TEST_F(ProtectedFileTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(
      std::string(
          ReadProtectedFile("/no/such", Secrecy::kPublic).status().message()),
      HasSubstr("'/no/such': No such file"));
  EXPECT_THAT(
      std::string(ReadProtectedFile("/", Secrecy::kPublic).status().message()),
      HasSubstr("no regular file"));
  Write(std::string((1 << 20) + 1, 'x'), 0600);
  EXPECT_THAT(ErrorOf(Secrecy::kPublic), HasSubstr("larger than 1 MiB"));
}

TEST_F(ProtectedFileTest, AStampTellsStatesApart) {
  Write("text", 0600);
  const FileStamp before = StampOf(path_);
  EXPECT_TRUE(before == StampOf(path_));
  Write("other", 0600);
  EXPECT_TRUE(before != StampOf(path_));
}

}  // namespace
}  // namespace smon
