// What GrpcServer does about connections: pings, and those that say nothing.

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/grpc_server.h"
#include "server/api/raw_http2.h"

namespace smon {
namespace {

constexpr char kEightBytes[] = "12345678";

class GrpcConnectionsTest : public ::testing::Test {
 protected:
  // The port of a server with these times.
  int Start(const GrpcConnectionTimes& times) {
    GrpcServer::Options options;
    options.address = "127.0.0.1:0";
    options.times = times;
    auto server = GrpcServer::Start(std::move(options), &service_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    return server_->port();
  }

  // Answers the server's next pings; false when one does not come.
  static bool AnswerPings(RawHttp2* client, int count) {
    for (int i = 0; i < count; ++i) {
      const auto ping = client->ReadNext(RawHttp2::kPing);
      if (!ping.has_value()) return false;
      EXPECT_EQ(ping->flags, 0);
      client->Send({RawHttp2::kPing, RawHttp2::kAck, ping->payload});
    }
    return true;
  }

  v1::MonitorService::Service service_;
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcConnectionsTest, OneThatIsSilentIsPingedAgainAndAgain) {
  GrpcConnectionTimes times;
  times.ping_every = absl::Milliseconds(10);
  RawHttp2 client(Start(times));
  client.Begin();
  EXPECT_TRUE(AnswerPings(&client, 8));
}

TEST_F(GrpcConnectionsTest, OneThatDoesNotAnswerAPingIsClosed) {
  GrpcConnectionTimes times;
  times.ping_every = absl::Milliseconds(10);
  times.ping_timeout = absl::Milliseconds(100);
  RawHttp2 client(Start(times));
  client.Begin();
  EXPECT_TRUE(client.ReadNext(RawHttp2::kPing).has_value());
  const auto begin = std::chrono::steady_clock::now();
  while (client.Read().has_value()) continue;
  // gRPC's own is 20 seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

TEST_F(GrpcConnectionsTest, ClientsMayPingThoughTheyHaveNoCall) {
  GrpcConnectionTimes times;
  times.client_ping_every = absl::Milliseconds(5);
  RawHttp2 client(Start(times));
  client.Begin();
  for (int i = 0; i < 10; ++i) {
    // By gRPC's own clock.
    const auto next =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
    while (std::chrono::steady_clock::now() < next) std::this_thread::yield();
    client.Send({RawHttp2::kPing, 0, kEightBytes});
    const auto answer = client.ReadNext(RawHttp2::kPing);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->flags, RawHttp2::kAck);
    EXPECT_EQ(answer->payload, kEightBytes);
  }
}

TEST_F(GrpcConnectionsTest, WhoPingsAllTheTimeIsSentAway) {
  RawHttp2 client(Start({}));
  client.Begin();
  for (int i = 0; i < 10; ++i) client.Send({RawHttp2::kPing, 0, kEightBytes});
  const auto end = client.ReadNext(RawHttp2::kGoAway);
  ASSERT_TRUE(end.has_value());
  EXPECT_NE(end->payload.find("too_many_pings"), std::string::npos);
}

TEST_F(GrpcConnectionsTest, OneWithoutACallForLongIsClosed) {
  GrpcConnectionTimes times;
  times.most_idle = absl::Milliseconds(100);
  RawHttp2 client(Start(times));
  client.Begin();
  EXPECT_TRUE(client.ReadNext(RawHttp2::kGoAway).has_value());
}

TEST_F(GrpcConnectionsTest, OneThatDoesNotSpeakHttp2IsClosed) {
  GrpcConnectionTimes times;
  times.handshake = absl::Milliseconds(100);
  RawHttp2 client(Start(times));
  const auto begin = std::chrono::steady_clock::now();
  while (client.Read().has_value()) continue;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace smon
