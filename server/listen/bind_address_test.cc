#include "server/listen/bind_address.h"

#include <gtest/gtest.h>

namespace smon {
namespace {

TEST(BindAddressTest, LoopbackIsWhatOnlyThisHostReaches) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "[::1]",
                           "localhost", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host :
       {"0.0.0.0", "::", "[::]", "10.0.0.1", "", "*", "127.evil.invalid",
        "::ffff:10.0.0.1", "ipv4:127.0.0.1", "dns:///localhost"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

TEST(BindAddressTest, ANameThatIsNotOursMayBeAnotherPages) {
  for (const char* host :
       {"localhost", "LOCALHOST:8100", "localhost.", "a.localhost:1",
        "127.0.0.1:8100", "[::1]:8100", "[::1]", "10.1.2.3", "Mon-1:80"}) {
    EXPECT_TRUE(IsOwnHost(host, {"mon-1"})) << host;
  }
  for (const char* host :
       {"evil.example", "evil.example:8100", "localhost.evil.example",
        "127.0.0.1.evil.example", "", ":80", "mon-1.evil.example"}) {
    EXPECT_FALSE(IsOwnHost(host, {"mon-1"})) << host;
  }
}

}  // namespace
}  // namespace smon
