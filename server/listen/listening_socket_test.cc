#include "server/listen/listening_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kUnanswered = absl::Seconds(7);

// Connected to an address of this host; below 0 with errno.
ScopedFd ConnectTo(const char* host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* to = nullptr;
  if (getaddrinfo(host, absl::StrCat(port).c_str(), &hints, &to) != 0) {
    return ScopedFd();
  }
  ScopedFd fd(socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int result = connect(fd.get(), to->ai_addr, to->ai_addrlen);
  freeaddrinfo(to);
  return result == 0 ? std::move(fd) : ScopedFd();
}

bool Reaches(const char* host, int port) {
  return ConnectTo(host, port).get() >= 0;
}

bool HasIpv6() { return ListenOnTcp("[::1]:0", kUnanswered).ok(); }

int Option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  getsockopt(fd, level, name, &value, &size);
  return value;
}

TEST(ListeningSocketTest, PortZeroIsAFreeOne) {
  const auto listener = ListenOnTcp("127.0.0.1:0", kUnanswered);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_GT(listener->port, 0);
  EXPECT_TRUE(Reaches("127.0.0.1", listener->port));
  EXPECT_FALSE(Reaches("127.0.0.2", listener->port));
}

TEST(ListeningSocketTest, ANameIsListenedOnAtEachOfItsAddressesWithOnePort) {
  const auto listener = ListenOnTcp("localhost:0", kUnanswered);
  ASSERT_TRUE(listener.ok()) << listener.status();
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  ASSERT_EQ(getaddrinfo("localhost", nullptr, &hints, &found), 0);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    char host[NI_MAXHOST];
    ASSERT_EQ(getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof(host),
                          nullptr, 0, NI_NUMERICHOST),
              0);
    EXPECT_TRUE(Reaches(host, listener->port) ||
                (each->ai_family == AF_INET6 && !HasIpv6()))
        << host;
  }
  freeaddrinfo(found);
}

TEST(ListeningSocketTest, AWildcardIsReachedAtIpv4AndIpv6) {
  for (const char* wildcard : {"0.0.0.0:0", "[::]:0"}) {
    const auto listener = ListenOnTcp(wildcard, kUnanswered);
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_TRUE(Reaches("127.0.0.1", listener->port)) << wildcard;
    EXPECT_EQ(Reaches("::1", listener->port), HasIpv6()) << wildcard;
  }
}

TEST(ListeningSocketTest, AnIpv6AddressIsInBrackets) {
  if (!HasIpv6()) GTEST_SKIP() << "this host has no IPv6";
  const auto listener = ListenOnTcp("[::1]:0", kUnanswered);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(Reaches("::1", listener->port));
  EXPECT_FALSE(Reaches("127.0.0.1", listener->port));
}

TEST(ListeningSocketTest, APortIsForOneOnly) {
  const auto first = ListenOnTcp("127.0.0.1:0", kUnanswered);
  ASSERT_TRUE(first.ok()) << first.status();
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0", "[::]"}) {
    const auto second =
        ListenOnTcp(absl::StrCat(host, ":", first->port), kUnanswered);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable) << host;
    EXPECT_THAT(std::string(second.status().message()),
                AllOf(HasSubstr(host), HasSubstr("in use"),
                      HasSubstr("port 0 for a free one")));
  }
}

TEST(ListeningSocketTest, WhatIsNoAddressOfThisHostIsAnError) {
  for (const char* address : {"192.0.2.1:0", "nowhere.invalid:0"}) {
    EXPECT_EQ(ListenOnTcp(address, kUnanswered).status().code(),
              absl::StatusCode::kUnavailable)
        << address;
  }
  for (const char* address :
       {"", "127.0.0.1", ":1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:x"}) {
    EXPECT_EQ(ListenOnTcp(address, kUnanswered).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(ListeningSocketTest, ConnectionsHaveTheSocketsOptions) {
  const auto listener = ListenOnTcp("127.0.0.1:0", kUnanswered);
  ASSERT_TRUE(listener.ok()) << listener.status();
  ASSERT_THAT(listener->sockets, SizeIs(1));
  const int listening = listener->sockets[0].get();
  EXPECT_EQ(fcntl(listening, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(fcntl(listening, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  const ScopedFd client = ConnectTo("127.0.0.1", listener->port);
  const ScopedFd server(accept(listening, nullptr, nullptr));
  ASSERT_GE(server.get(), 0);
  EXPECT_EQ(Option(server.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(Option(server.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
}

TEST(ListeningSocketTest, AUnixSocketHasItsMode) {
  char folder[] = "/tmp/smon-listen-XXXXXX";  // short enough for a socket
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = absl::StrCat(folder, "/s.sock");
  {
    const auto listening = ListenOnUnix(path, 0640);
    ASSERT_TRUE(listening.ok()) << listening.status();
    struct stat status = {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
    EXPECT_EQ(ListenOnUnix(path, 0640).status().code(),
              absl::StatusCode::kAlreadyExists);
  }
  unlink(path.c_str());
  rmdir(folder);
}

}  // namespace
}  // namespace smon
