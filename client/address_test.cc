#include "client/address.h"

#include "gtest/gtest.h"

namespace smon::client {
namespace {

TEST(ParseAddressTest, TakesHostAndPort) {
  for (const char* address :
       {"127.0.0.1:8101", "localhost:1", "mon-1.example.org:65535",
        "[::1]:8101", "[fe80::1%eth0]:8101"}) {
    EXPECT_EQ(*ParseAddress(address), address);
  }
}

TEST(ParseAddressTest, TakesAUnixSocket) {
  EXPECT_EQ(*ParseAddress("unix:/run/smonsvc.sock"), "unix:/run/smonsvc.sock");
  EXPECT_EQ(*ParseAddress("unix:///run/smonsvc.sock"),
            "unix:///run/smonsvc.sock");
}

TEST(ParseAddressTest, RefusesASocketWhosePathIsTooLong) {
  EXPECT_TRUE(ParseAddress("unix:/" + std::string(106, 'p')).ok());
  EXPECT_FALSE(ParseAddress("unix:/" + std::string(107, 'p')).ok());
}

TEST(ParseAddressTest, GivesAHostAloneTheDefaultPort) {
  EXPECT_EQ(*ParseAddress("mon-1"), "mon-1:8101");
  EXPECT_EQ(*ParseAddress("[::1]"), "[::1]:8101");
}

TEST(ParseAddressTest, RefusesWhatGrpcWouldMisunderstand) {
  for (const char* address :
       {"", ":8101", "host:", "host:0", "host:65536", "host:+1", "::1",
        "http://host:8101", "unix:relative", "unix:", "host:8101/v1",
        "ho st:8101"}) {
    const absl::Status status = ParseAddress(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

}  // namespace
}  // namespace smon::client
