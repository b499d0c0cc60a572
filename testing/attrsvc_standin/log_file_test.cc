#include "testing/attrsvc_standin/log_file.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

namespace smon::attrsvc_standin {
namespace {

class LogFileTest : public ::testing::Test {
 protected:
  LogFileTest() {
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_ + "/root");
  }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = dir_ + "/" + name;
    std::ofstream(path) << content;
    return path;
  }

  std::string ErrorCode(const std::string& path, const std::string& root = "") {
    return ReadLogFile(path, root).error_code;
  }

  const std::string dir_ = ::testing::TempDir() + "/log_file_test";
};

TEST_F(LogFileTest, AFileIsRead) {
  const LogFile file = ReadLogFile(Write("log", "hello\n"), "");
  EXPECT_EQ(file.error_code, "");
  EXPECT_EQ(file.tail, "hello\n");
  EXPECT_EQ(file.size, 6);
  EXPECT_GT(file.modified_ns, 0);
}

TEST_F(LogFileTest, OfALongFileTheLastMebibyteIsRead) {
  const std::string path =
      Write("log", std::string(1 << 20, 'a') + std::string(1000, 'b'));
  const LogFile file = ReadLogFile(path, "");
  EXPECT_EQ(file.tail.size(), size_t{1} << 20);
  EXPECT_EQ(file.tail.substr(file.tail.size() - 1001),
            "a" + std::string(1000, 'b'));
}

TEST_F(LogFileTest, WhatIsNoReadableLogHasAttrsvcsErrorCode) {
  EXPECT_EQ(ErrorCode("relative/log"), "invalid_path");
  EXPECT_EQ(ErrorCode(""), "invalid_path");
  EXPECT_EQ(ErrorCode("/" + std::string(5000, 'x')), "invalid_path");
  EXPECT_EQ(ErrorCode(std::string("/tmp\0/x", 7)), "invalid_path");
  EXPECT_EQ(ErrorCode(dir_ + "/none"), "not_found");
  EXPECT_EQ(ErrorCode(Write("file", "x") + "/below"), "not_found");
  EXPECT_EQ(ErrorCode(dir_), "not_regular");
  ASSERT_EQ(mkfifo((dir_ + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(ErrorCode(dir_ + "/fifo"), "not_regular");
  EXPECT_EQ(ErrorCode(Write("empty", "")), "empty_file");
}

// Root may read all. This takes that right away from the calling thread.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    EXPECT_EQ(syscall(SYS_capget, &header_, before_), 0);
    __user_cap_data_struct none[2] = {before_[0], before_[1]};
    none[0].effective = none[1].effective = 0;
    EXPECT_EQ(syscall(SYS_capset, &header_, none), 0);
  }
  ~WithoutPrivileges() { EXPECT_EQ(syscall(SYS_capset, &header_, before_), 0); }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[2];
};

TEST_F(LogFileTest, AFileWithoutReadPermissionIsNotReadable) {
  const std::string path = Write("secret", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  const WithoutPrivileges as_a_user;
  EXPECT_EQ(ErrorCode(path), "not_readable");
}

TEST_F(LogFileTest, OnlyWhatIsReallyBelowTheRootIsAllowed) {
  const std::string root = dir_ + "/root";
  const std::string outside = Write("outside", "x");
  const std::string inside = Write("root/inside", "x");
  std::filesystem::create_symlink(outside, root + "/link");
  std::filesystem::create_directories(dir_ + "/root2");
  EXPECT_EQ(ErrorCode(inside, root), "");
  EXPECT_EQ(ErrorCode(inside, root + "/"), "");
  EXPECT_EQ(ErrorCode(root + "/none", root), "not_found");
  EXPECT_EQ(ErrorCode(outside, root), "outside_root");
  EXPECT_EQ(ErrorCode(root + "/../outside", root), "outside_root");
  EXPECT_EQ(ErrorCode(root + "/link", root), "outside_root");
  EXPECT_EQ(ErrorCode(Write("root2/log", "x"), root), "outside_root");
}

}  // namespace
}  // namespace smon::attrsvc_standin
