#include "server/listen/handed_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace smon {
namespace {

int NewSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

TEST(HandedSocketsTest, OneThatIsClosedIsForgotten) {
  HandedSockets sockets;
  const int first = NewSocket();
  const int second = NewSocket();
  EXPECT_TRUE(sockets.Add(first));
  EXPECT_TRUE(sockets.Add(second));
  EXPECT_EQ(sockets.CountOpen(), 2);
  close(first);
  EXPECT_EQ(sockets.AtMost(), 2);
  EXPECT_EQ(sockets.CountOpen(), 1);
  EXPECT_EQ(sockets.AtMost(), 1);
  close(second);
  EXPECT_EQ(sockets.CountOpen(), 0);
}

TEST(HandedSocketsTest, WhatHasTheNumberSinceIsNotCounted) {
  for (const int other : {open("/dev/null", O_RDONLY), NewSocket()}) {
    HandedSockets sockets;
    const int fd = NewSocket();
    ASSERT_TRUE(sockets.Add(fd));
    ASSERT_EQ(dup2(other, fd), fd);  // closes what was there
    EXPECT_EQ(sockets.CountOpen(), 0);
    close(fd);
    close(other);
  }
}

TEST(HandedSocketsTest, ANumberCountsOnce) {
  HandedSockets sockets;
  const int first = NewSocket();
  ASSERT_TRUE(sockets.Add(first));
  close(first);
  const int second = NewSocket();
  ASSERT_EQ(second, first);  // the lowest that is free
  ASSERT_TRUE(sockets.Add(second));
  EXPECT_EQ(sockets.AtMost(), 1);
  EXPECT_EQ(sockets.CountOpen(), 1);
  close(second);
}

TEST(HandedSocketsTest, WhatIsNotOpenIsNotTaken) {
  HandedSockets sockets;
  EXPECT_FALSE(sockets.Add(-1));
  EXPECT_EQ(sockets.CountOpen(), 0);
}

}  // namespace
}  // namespace smon
