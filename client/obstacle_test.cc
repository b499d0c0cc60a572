#include "client/obstacle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smon::client {
namespace {

using ::testing::HasSubstr;

TEST(ExplainObstacleTest, KeepsTheOperatingSystemsWords) {
  const Obstacle obstacle = ExplainObstacle(
      "failed to connect to all addresses; last error: UNKNOWN: "
      "ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused",
      {});
  EXPECT_EQ(obstacle.what, "Connection refused");
  EXPECT_EQ(obstacle.mend, "");
}

TEST(ExplainObstacleTest, IsNeverSilent) {
  EXPECT_EQ(ExplainObstacle("", {}).what, "no reason is known");
}

TEST(ExplainObstacleTest, TellsTheTroublesOfTlsApart) {
  CredentialFiles files;
  files.tls_ca = "/ca.pem";
  const auto explain = [&files](const char* message) {
    const Obstacle obstacle = ExplainObstacle(message, files);
    return obstacle.what + " -> " + obstacle.mend;
  };
  EXPECT_EQ(
      explain("x: error:0A000086:SSL routines::certificate verify failed"),
      "its certificate is not signed by an authority in '/ca.pem', or "
      "has expired -> give that authority with --tls_ca");
  EXPECT_THAT(explain("x: Peer name a.b is not in peer certificate"),
              HasSubstr("for another name -> give an address"));
  EXPECT_EQ(explain("x: error:0A00010B:SSL routines::wrong version number"),
            "it does not speak TLS -> leave --tls_ca out");
  EXPECT_THAT(explain("Socket closed"), HasSubstr("--tls_cert"));
  EXPECT_THAT(ExplainObstacle("Socket closed", {}).mend, HasSubstr("--tls_ca"));
}

TEST(ExplainObstacleTest, KnowsTheHttpPort) {
  EXPECT_THAT(
      ExplainObstacle("x: Trying to connect an http1.x server", {}).mend,
      HasSubstr("gRPC port"));
}

}  // namespace
}  // namespace smon::client
