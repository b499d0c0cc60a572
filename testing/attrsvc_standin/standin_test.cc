#include "testing/attrsvc_standin/standin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::attrsvc_standin {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kLong = absl::Seconds(60);

std::unique_ptr<AttrsvcStandIn> Started(const StandInOptions& options) {
  auto standin = AttrsvcStandIn::Start(options);
  EXPECT_TRUE(standin.ok()) << standin.status();
  return *std::move(standin);
}

int Connect(const AttrsvcStandIn& standin) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(standin.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  return fd;
}

int Connect(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.c_str(), path.size());
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  return fd;
}

void Send(int fd, const std::string& text) {
  ASSERT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

// All that comes until the server closes, and closes too. "RESET" for a reset.
std::string Drain(int fd) {
  std::string all;
  char chunk[4096];
  ssize_t got = 0;
  while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0) all.append(chunk, got);
  if (got < 0 && errno == ECONNRESET) all = "RESET";
  close(fd);
  return all;
}

std::string Exchange(int fd, const std::string& request) {
  Send(fd, request);
  return Drain(fd);
}

std::string GetRequest(const std::string& target) {
  return absl::StrCat("GET ", target,
                      " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

std::string PostRequest(const std::string& target, const std::string& body) {
  return absl::StrCat("POST ", target,
                      " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      "Content-Type: application/json\r\nContent-Length: ",
                      body.size(), "\r\n\r\n", body);
}

// A name for a unix socket; Bazel's own folder is too long a path for one.
class SocketPath {
 public:
  SocketPath() { EXPECT_NE(mkdtemp(dir_), nullptr); }
  ~SocketPath() { std::filesystem::remove_all(dir_); }
  std::string path() const { return absl::StrCat(dir_, "/s"); }

 private:
  char dir_[32] = "/tmp/standin_test.XXXXXX";
};

std::string WriteLog(const std::string& content) {
  const std::string path = ::testing::TempDir() + "/standin_test.log";
  std::ofstream(path) << content;
  return path;
}

TEST(StandInTest, DocumentedFormJudgesALogOverTcp) {
  const auto standin = Started({});
  EXPECT_EQ(standin->url(), absl::StrCat("http://127.0.0.1:", standin->port()));
  const std::string log = WriteLog("NCCL error in: x.cpp\n");
  EXPECT_THAT(Exchange(Connect(*standin),
                       PostRequest("/logs", absl::StrCat(R"({"log_path":")",
                                                         log, R"("})"))),
              HasSubstr(R"("submitted":true)"));
  const std::string answer =
      Exchange(Connect(*standin), GetRequest("/logs/result?log_path=" + log));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr(R"("action":"RESTART")"));
}

TEST(StandInTest, ReleasedFormJudgesALogOverAUnixSocket) {
  const SocketPath path;
  StandInOptions options;
  options.service.form = Form::kReleased;
  options.port.reset();
  options.unix_socket = path.path();
  auto standin = Started(options);
  EXPECT_EQ(standin->port(), 0);
  EXPECT_EQ(standin->url(), "unix://" + options.unix_socket);
  const std::string log = WriteLog("MemoryError\n");
  Exchange(
      Connect(options.unix_socket),
      PostRequest("/logs", absl::StrCat(R"({"analysis_intent":"terminal",)",
                                        R"("log_path":")", log, R"("})")));
  EXPECT_THAT(
      Exchange(Connect(options.unix_socket),
               GetRequest(absl::StrCat("/logs?wait=false&log_path=", log))),
      HasSubstr(R"("action":"STOP")"));
  standin.reset();
  EXPECT_FALSE(std::filesystem::exists(options.unix_socket));
}

TEST(StandInTest, OneConnectionServesManyRequests) {
  const auto standin = Started({});
  const int fd = Connect(*standin);
  Send(fd, "GET /stats HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string both = Exchange(fd, GetRequest("/stats"));
  const size_t second = both.find("HTTP/1.1 200 OK", 1);
  EXPECT_NE(second, std::string::npos) << both;
}

TEST(StandInTest, AnAnswerComesAfterTheLatency) {
  StandInOptions options;
  options.service.knobs.latency_ms = 50;
  const auto standin = Started(options);
  const absl::Time begin = absl::Now();
  EXPECT_THAT(Exchange(Connect(*standin), GetRequest("/stats")),
              HasSubstr("200 OK"));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(50));
}

TEST(StandInTest, AResetIsARealOne) {
  StandInOptions options;
  options.service.knobs.fail_rate = 1;
  const auto standin = Started(options);
  int resets = 0;
  for (int i = 0; i < 30; ++i) {
    const std::string answer =
        Exchange(Connect(*standin), GetRequest("/stats"));
    EXPECT_THAT(answer, ::testing::AnyOf("RESET", HasSubstr("500 Internal"),
                                         HasSubstr("503 Service")));
    if (answer == "RESET") ++resets;
  }
  EXPECT_GT(resets, 0);
}

TEST(StandInTest, GarbageAndTooLargeABodyAreRefused) {
  const auto standin = Started({});
  EXPECT_THAT(Exchange(Connect(*standin), "\x16\x03\x01 hello\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(
      Exchange(Connect(*standin),
               "POST /logs HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n"),
      StartsWith("HTTP/1.1 413"));
}

TEST(StandInTest, ItStopsAtOnceWhileAnAnswerIsOutstanding) {
  StandInOptions options;
  options.service.knobs.latency_ms = 600'000;
  auto standin = Started(options);
  const int fd = Connect(*standin);
  Send(fd, GetRequest("/stats"));
  ASSERT_TRUE(standin->service().AwaitRequests(1, kLong));
  const absl::Time begin = absl::Now();
  standin.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
  EXPECT_EQ(Drain(fd), "");
}

TEST(StandInTest, ItCanBeStartedAgainOnThePortItHad) {
  auto standin = Started({});
  StandInOptions options;
  options.port = standin->port();
  Exchange(Connect(*standin), GetRequest("/stats"));
  standin.reset();
  standin = Started(options);
  EXPECT_EQ(standin->port(), *options.port);
}

TEST(StandInTest, WhereItCannotListenItSaysSo) {
  const auto standin = Started({});
  StandInOptions options;
  options.port = standin->port();
  EXPECT_THAT(AttrsvcStandIn::Start(options).status().message(),
              HasSubstr("Address already in use"));
  options.port = 70000;
  EXPECT_EQ(AttrsvcStandIn::Start(options).status().code(),
            absl::StatusCode::kInvalidArgument);
  options.port.reset();
  options.unix_socket = "/nonexistent/x.sock";
  EXPECT_FALSE(AttrsvcStandIn::Start(options).ok());
}

TEST(StandInTest, OnlyADeadSocketIsReplaced) {
  const SocketPath path;
  StandInOptions options;
  options.port.reset();
  options.unix_socket = path.path();
  // A socket that nobody listens on.
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, options.unix_socket.c_str(),
         options.unix_socket.size());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  close(fd);
  const auto standin = Started(options);
  EXPECT_FALSE(AttrsvcStandIn::Start(options).ok());
  EXPECT_THAT(Exchange(Connect(options.unix_socket), GetRequest("/stats")),
              HasSubstr("200 OK"));
}

}  // namespace
}  // namespace smon::attrsvc_standin
