#include "server/gateway/own_page.h"

#include <gtest/gtest.h>

#include <string>

namespace smon {
namespace {

HttpRequest From(const std::string& origin, const std::string& host) {
  HttpRequest request;
  request.method = "POST";
  request.headers = {{"Host", host}, {"Origin", origin}};
  return request;
}

bool IsOwn(const std::string& origin, const std::string& host,
           bool https = false) {
  return IsFromOwnPage(From(origin, host), https, {"mon.example"});
}

TEST(OwnPageTest, IsAtTheNameThatIsAskedFor) {
  EXPECT_TRUE(IsOwn("http://localhost:8100", "localhost:8100"));
  EXPECT_TRUE(IsOwn("http://127.0.0.1:8100", "127.0.0.1:8100"));
  EXPECT_TRUE(IsOwn("http://[::1]:8100", "[::1]:8100"));
  EXPECT_TRUE(IsOwn("https://mon.example", "mon.example"));
  EXPECT_TRUE(IsOwn("https://mon.example", "MON.example"));
}

TEST(OwnPageTest, AnotherPageIsNot) {
  for (const char* origin :
       {"http://localhost:9000", "http://localhost", "http://127.0.0.1:8100",
        "http://evil.example", "http://localhost:8100.evil.example", "null", "",
        "localhost:8100", "ftp://localhost:8100", "http://",
        "https://http://"}) {
    EXPECT_FALSE(IsOwn(origin, "localhost:8100")) << origin;
  }
  EXPECT_FALSE(IsOwn("http://", ""));
}

// The owner of evil.example lets the name point to us.
TEST(OwnPageTest, ANameThatMayBeSomebodyElsesNeedsAnAuthorization) {
  HttpRequest request = From("http://evil.example:8100", "evil.example:8100");
  EXPECT_FALSE(IsFromOwnPage(request, false, {"mon.example"}));
  request.headers.emplace_back("Authorization", "Bearer x");
  EXPECT_TRUE(IsFromOwnPage(request, false, {}));
  request.headers[1].second = "http://other.example:8100";
  EXPECT_FALSE(IsFromOwnPage(request, false, {}));
}

TEST(OwnPageTest, WithTlsAPageThatCameWithoutIsNot) {
  EXPECT_TRUE(IsOwn("https://mon.example", "mon.example", true));
  EXPECT_FALSE(IsOwn("http://mon.example", "mon.example", true));
}

}  // namespace
}  // namespace smon
