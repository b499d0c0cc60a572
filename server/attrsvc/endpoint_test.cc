#include "server/attrsvc/endpoint.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Endpoint Parsed(absl::string_view text) {
  const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(text);
  EXPECT_TRUE(endpoint.ok()) << endpoint.status();
  return endpoint.value_or(Endpoint());
}

std::string ErrorOf(absl::string_view text) {
  const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(text);
  EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument)
      << "'" << text << "' was accepted";
  return std::string(endpoint.status().message());
}

TEST(EndpointTest, UrlsKeepTheirPrefixAndLoseTheSlashAtTheEnd) {
  EXPECT_EQ(Parsed("http://localhost:8000").base_url, "http://localhost:8000");
  EXPECT_EQ(Parsed("http://localhost:8000/").base_url, "http://localhost:8000");
  EXPECT_EQ(Parsed("https://gw.example.org/attr/v1//").base_url,
            "https://gw.example.org/attr/v1");
  EXPECT_EQ(Parsed("HTTP://gw").base_url, "http://gw");
  EXPECT_EQ(Parsed("http://[::1]:8000/a%20b").base_url,
            "http://[::1]:8000/a%20b");
  EXPECT_EQ(Parsed(" http://gw \n").base_url, "http://gw");
}

TEST(EndpointTest, HostAndPortAloneMeanHttp) {
  const Endpoint endpoint = Parsed("node-1:8000");
  EXPECT_EQ(endpoint.base_url, "http://node-1:8000");
  EXPECT_EQ(endpoint.name, "http://node-1:8000");
  EXPECT_EQ(endpoint.unix_socket, "");
  EXPECT_EQ(Parsed("[fe80::1]:80").base_url, "http://[fe80::1]:80");
}

TEST(EndpointTest, AUnixSocketIsGivenAsUrlOrAsPath) {
  for (const char* text : {"unix:///run/attr svc.sock", "/run/attr svc.sock"}) {
    const Endpoint endpoint = Parsed(text);
    EXPECT_EQ(endpoint.unix_socket, "/run/attr svc.sock");
    EXPECT_EQ(endpoint.base_url, "http://localhost");
    EXPECT_EQ(endpoint.name, "unix:///run/attr svc.sock");
  }
}

TEST(EndpointTest, EverythingElseIsRefusedWithTheFormsThatAreNot) {
  const std::string long_path = "/" + std::string(107, 'x');
  for (const std::string& text :
       std::initializer_list<std::string>{"",
                                          "  ",
                                          "ftp://host",
                                          "://host",
                                          "http://",
                                          "http:///logs",
                                          "http://host:",
                                          "http://host:0",
                                          "http://host:65536",
                                          "http://host:80a",
                                          "http://host:+80",
                                          "http://host:-1",
                                          "http://ho st",
                                          "http://h\x01st",
                                          "http://host/a b",
                                          "http://[::1",
                                          "http://[]:80",
                                          "http://[::1]80",
                                          "http://[zz]",
                                          "http://b\xFC.de",
                                          "localhost",
                                          "localhost:",
                                          "localhost:http",
                                          "localhost:80/logs",
                                          "a:b:80",
                                          "unix://run/x.sock",
                                          "unix://",
                                          "unix:///run/",
                                          "unix:/run/x",
                                          "/",
                                          "/run/a\nb",
                                          long_path,
                                          std::string("/run/a\0b", 8)}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("unix:///PATH")) << text;
  }
}

TEST(EndpointTest, TheErrorNamesTheValueAndWhatIsWrong) {
  EXPECT_THAT(ErrorOf("http://host:99999"),
              HasSubstr("'http://host:99999' is no address of attrsvc: the "
                        "port must be a number from 1 to 65535"));
  EXPECT_THAT(ErrorOf("http://host/\x1b[2J"), HasSubstr("\\x1b[2J"));
}

TEST(EndpointTest, NoSecretIsRepeated) {
  for (const char* text :
       {"http://me:hunter2@host", "http://me:hunt/hunter2@host:80/x",
        "me:hunter2@host:80", "http://host/?token=hunter2",
        "http://host#hunter2", "ftp://x@y:hunter2@host", "hunter2@host",
        "http://me:a?hunter2@host"}) {
    EXPECT_THAT(ErrorOf(text), Not(HasSubstr("hunter2"))) << text;
  }
  EXPECT_THAT(ErrorOf("http://me:hunter2@host/x"),
              HasSubstr("'http://***@host/x'"));
}

}  // namespace
}  // namespace smon
