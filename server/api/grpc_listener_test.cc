// The bound on connections of a GrpcServer, and who is at their other end.

#include "server/api/grpc_listener.h"

#include <dirent.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/scoped_fd.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/call_guard.h"
#include "server/api/grpc_server.h"
#include "server/api/raw_http2.h"
#include "server/auth/sealed_peer.h"
#include "server/listen/listening_socket.h"

namespace smon {
namespace {

// Answers who called, as the name of a component: what gRPC says, or that it
// was over a unix socket.
class PeerService final : public v1::MonitorService::Service {
 public:
  grpc::Status GetHealth(grpc::ServerContext* context,
                         const v1::GetHealthRequest*,
                         v1::Health* health) override {
    const Peer peer = guard_.PeerOf(*context);
    health->add_components()->set_name(peer.unix_socket
                                           ? absl::StrCat("unix ", peer.address)
                                           : context->peer());
    return grpc::Status::OK;
  }

 private:
  const PeerSeal seal_;
  const CallGuard guard_{nullptr, &seal_};
};

int OpenDescriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

// What this process writes to stderr while it lives.
class StderrReader {
 public:
  StderrReader() : before_(dup(STDERR_FILENO)) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    lines_ = fdopen(ends[0], "r");
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
  }
  ~StderrReader() {
    dup2(before_.get(), STDERR_FILENO);
    fclose(lines_);
  }

  void AwaitLine(const char* part) {
    char line[1024];
    while (fgets(line, sizeof(line), lines_) != nullptr) {
      if (strstr(line, part) != nullptr) return;
    }
    ADD_FAILURE() << "no line with " << part;
  }

 private:
  const ScopedFd before_;
  FILE* lines_;
};

// Whether the server speaks: it begins with its settings.
bool IsServed(RawHttp2* client) {
  const auto frame = client->Read();
  return frame.has_value() && frame->type == RawHttp2::kSettings;
}

class GrpcListenerTest : public ::testing::Test {
 protected:
  GrpcListenerTest() {
    char folder[] = "/tmp/smon-grpc-XXXXXX";  // short enough for a socket
    folder_ = mkdtemp(folder);
    options_.address = "127.0.0.1:0";
  }
  ~GrpcListenerTest() override {
    server_.reset();
    EXPECT_EQ(rmdir(folder_.c_str()), 0) << "something is left in it";
  }

  int Start() {
    auto server = GrpcServer::Start(std::move(options_), &service_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    return server_->port();
  }

  void AwaitOpen(int count) const {
    while (server_->connections().open != count) std::this_thread::yield();
  }

  // "ipv4:127.0.0.1:40000" as the service sees it, or the error.
  static std::string PeerOf(const std::string& target) {
    grpc::ChannelArguments own;  // not one that is open already
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return PeerOver(grpc::CreateCustomChannel(
        target, grpc::InsecureChannelCredentials(), own));
  }
  static std::string PeerOver(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    v1::Health health;
    const grpc::Status status =
        v1::MonitorService::NewStub(channel)->GetHealth(&context, {}, &health);
    return status.ok() ? health.components(0).name() : status.error_message();
  }

  PeerService service_;
  GrpcServer::Options options_;
  std::string folder_;
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcListenerTest, ThoseBeyondTheLimitAreClosedAndTheOthersGoOn) {
  options_.max_connections = 3;
  const int port = Start();
  std::deque<RawHttp2> served;
  for (int i = 0; i < 3; ++i) {
    served.emplace_back(port);
    EXPECT_TRUE(IsServed(&served.back()));
  }
  for (int i = 0; i < 5; ++i) {
    RawHttp2 refused(port);
    EXPECT_FALSE(refused.Read().has_value());
  }
  EXPECT_EQ(server_->connections().open, 3);
  EXPECT_EQ(server_->connections().refused, 5);
  for (RawHttp2& client : served) {
    client.Begin();
    client.Send({RawHttp2::kPing, 0, "12345678"});
    EXPECT_TRUE(client.ReadNext(RawHttp2::kPing).has_value());
  }
}

TEST_F(GrpcListenerTest, ACallBeyondTheLimitFailsAtOnce) {
  options_.max_connections = 1;
  const int port = Start();
  RawHttp2 first(port);
  ASSERT_TRUE(IsServed(&first));
  EXPECT_NE(PeerOf(absl::StrCat("127.0.0.1:", port)).find("connect"),
            std::string::npos);
}

TEST_F(GrpcListenerTest, OneThatEndsMakesRoomForAnother) {
  options_.max_connections = 2;
  const int port = Start();
  RawHttp2 stays(port);
  ASSERT_TRUE(IsServed(&stays));
  for (int i = 0; i < 20; ++i) {
    {
      RawHttp2 goes(port);
      ASSERT_TRUE(IsServed(&goes)) << i;
      RawHttp2 refused(port);
      ASSERT_FALSE(refused.Read().has_value()) << i;
    }
    // Not by asking the listener, which is to look by itself: gRPC closes its
    // end when it has read that the client has closed.
    bool served = false;
    while (!served) {
      RawHttp2 next(port);
      served = IsServed(&next);
    }
    AwaitOpen(1);
  }
}

TEST_F(GrpcListenerTest, DescriptorsAreGivenBack) {
  const int port = Start();
  {
    RawHttp2 first(port);  // what gRPC opens once and keeps
    ASSERT_TRUE(IsServed(&first));
  }
  AwaitOpen(0);
  const int before = OpenDescriptors();
  for (int i = 0; i < 1000; ++i) {
    RawHttp2 client(port);
    if (i % 2 == 0) client.Begin();
  }
  // The last of them may not have been accepted yet.
  while (OpenDescriptors() > before) std::this_thread::yield();
  AwaitOpen(0);
  EXPECT_EQ(server_->connections().refused, 0);
}

TEST_F(GrpcListenerTest, WithoutADescriptorItWaitsAndGoesOn) {
  const int port = Start();
  {
    RawHttp2 first(port);  // what gRPC opens once and keeps
    ASSERT_TRUE(IsServed(&first));
  }
  AwaitOpen(0);
  StderrReader log;
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest = dup(STDIN_FILENO);  // that is free
  close(lowest);
  // Room for the client's end only.
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(lowest) + 1;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  RawHttp2 client(port);
  log.AwaitLine("cannot accept a gRPC connection");
  log.AwaitLine("cannot accept a gRPC connection");  // tries again by itself
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(IsServed(&client));
}

TEST_F(GrpcListenerTest, TheSocketStaysAWayInWhenThePortIsFull) {
  options_.max_connections = 1;
  options_.unix_socket = folder_ + "/s.sock";
  const std::string target = absl::StrCat("unix:", options_.unix_socket);
  const int port = Start();
  RawHttp2 first(port);
  ASSERT_TRUE(IsServed(&first));
  RawHttp2 refused(port);
  EXPECT_FALSE(refused.Read().has_value());
  EXPECT_EQ(PeerOf(target), "unix ");
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

TEST_F(GrpcListenerTest, AUnixSocketsClientIsNobodyElseWhateverItCallsItself) {
  options_.unix_socket = folder_ + "/s.sock";
  const std::string path = options_.unix_socket;
  Start();
  const std::string file = folder_ + "/ipv4:10.0.0.1:1";
  // The last two are names without a file.
  for (const std::string& name : {file, std::string("\0ipv4:10.0.0.1:1", 16),
                                  std::string("\0\xff%\n", 4)}) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un own = UnixAddress(name);
    const sockaddr_un to = UnixAddress(path);
    ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&own),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                          name.size())),
              0);
    ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)),
              0);
    EXPECT_EQ(PeerOver(grpc::CreateInsecureChannelFromFd("", fd)), "unix ");
  }
  AwaitOpen(0);
  unlink(file.c_str());
}

TEST_F(GrpcListenerTest, TheServiceSeesWhereACallComesFrom) {
  options_.address = "0.0.0.0:0";
  const int port = Start();
  EXPECT_EQ(PeerOf(absl::StrCat("ipv4:127.0.0.1:", port)).substr(0, 15),
            "ipv4:127.0.0.1:");
  if (!ListenOnTcp("[::1]:0", absl::Seconds(1)).ok()) {
    GTEST_SKIP() << "this host has no IPv6";
  }
  EXPECT_EQ(PeerOf(absl::StrCat("ipv6:[::1]:", port)).substr(0, 15),
            "ipv6:%5B::1%5D:");
}

TEST_F(GrpcListenerTest, NobodyIsLetInAfterItStopped) {
  options_.unix_socket = folder_ + "/s.sock";
  const std::string path = options_.unix_socket;
  const int port = Start();
  server_->Stop(absl::ZeroDuration());
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(
      ListenOnTcp(absl::StrCat("127.0.0.1:", port), absl::Seconds(1)).ok());
}

}  // namespace
}  // namespace smon
