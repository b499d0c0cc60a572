#include "server/listen/unix_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() {
    char folder[] = "/tmp/smon-unix-XXXXXX";  // short enough for a socket
    folder_ = mkdtemp(folder);
    path_ = folder_ + "/s.sock";
  }
  ~UnixSocketTest() override {
    if (fd_ >= 0) close(fd_);
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  void Listen() {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
              0);
    ASSERT_EQ(listen(fd_, 1), 0);
  }
  bool Exists() const { return access(path_.c_str(), F_OK) == 0; }

  std::string folder_;
  std::string path_;
  int fd_ = -1;
};

TEST_F(UnixSocketTest, AFreePathIsFree) {
  EXPECT_TRUE(PrepareUnixSocket(path_).ok());
}

TEST_F(UnixSocketTest, WhatADeadProgramLeftIsRemoved) {
  Listen();
  close(fd_);
  fd_ = -1;
  ASSERT_TRUE(Exists());
  EXPECT_TRUE(PrepareUnixSocket(path_).ok());
  EXPECT_FALSE(Exists());
}

TEST_F(UnixSocketTest, TheSocketOfALivingProgramStays) {
  Listen();
  const absl::Status status = PrepareUnixSocket(path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a program listens"));
  EXPECT_TRUE(Exists());
}

TEST_F(UnixSocketTest, AFileIsNotRemoved) {
  std::fclose(std::fopen(path_.c_str(), "w"));
  EXPECT_EQ(PrepareUnixSocket(path_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(Exists());
}

TEST_F(UnixSocketTest, APathThatCannotBeIsNamed) {
  EXPECT_THAT(std::string(PrepareUnixSocket("run/s").message()),
              HasSubstr("absolute"));
  EXPECT_THAT(std::string(PrepareUnixSocket(folder_ + "/no/s").message()),
              HasSubstr("there is no folder"));
  EXPECT_THAT(
      std::string(PrepareUnixSocket(absl::StrCat("/", std::string(107, 'x')))
                      .message()),
      HasSubstr("107"));
}

TEST_F(UnixSocketTest, AModeIsSetFromTheFirstMoment) {
  {
    const ScopedMode mode(0640);
    Listen();
  }
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

}  // namespace
}  // namespace smon
