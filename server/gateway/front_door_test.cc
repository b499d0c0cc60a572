#include "server/gateway/front_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "testing/fake_clock.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

class FrontDoorTest : public ::testing::Test {
 protected:
  FrontDoorTest() {
    auto peer = std::make_shared<Peer>();
    peer->address = "127.0.0.1";
    request_.method = "GET";
    request_.peer = peer;
    request_.headers = {{"Host", "localhost:8100"}};
    options_.authorizer = &authorizer_;
    options_.seal = &seal_;
  }

  // 0 if it may go on, or the status.
  int Pass(const std::string& path, bool is_api) {
    HttpRequest request = request_;
    const FrontDoor door(options_);
    const auto done = door.WithHeaders(request, [this](HttpResponse response) {
      response_ = std::move(response);
    });
    const bool passed = door.Pass(path, is_api, &request, done);
    if (passed) done(HttpResponse());
    metadata_ = request.own_metadata;
    return passed ? 0 : response_.status;
  }

  FakeClock clock_;
  Authorizer authorizer_{/*required=*/true, &clock_};
  PeerSeal seal_;
  FrontDoor::Options options_;
  HttpRequest request_;
  HttpResponse response_;
  HttpHeaders metadata_;
};

TEST_F(FrontDoorTest, TellsTheServiceWhoAsks) {
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  ASSERT_EQ(metadata_.size(), 1u);
  EXPECT_EQ(metadata_[0].first, "smon-peer-bin");
  const auto peer = seal_.Open(metadata_[0].second);
  ASSERT_TRUE(peer.has_value());
  EXPECT_EQ(peer->address, "127.0.0.1");
  EXPECT_FALSE(peer->is_probe);
  EXPECT_EQ(Pass("/healthz", true), 0);
  EXPECT_TRUE(seal_.Open(metadata_[0].second)->is_probe);
}

TEST_F(FrontDoorTest, OnlyProbesAreOpenToAll) {
  EXPECT_EQ(Pass("/livez", false), 0);
  EXPECT_EQ(Pass("/readyz", false), 0);
  EXPECT_EQ(Pass("/metrics", false), 401);
  EXPECT_EQ(FindHeader(response_.headers, "www-authenticate"),
            "Bearer realm=\"smonsvc\"");
  EXPECT_EQ(Pass("/what/comes/next", false), 401);
}

TEST_F(FrontDoorTest, AWebPageChangesNothing) {
  request_.headers.emplace_back("Origin", "http://evil.example");
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  request_.method = "POST";
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 403);
  EXPECT_THAT(response_.body, HasSubstr("a web page may not change"));
}

TEST_F(FrontDoorTest, OurOwnPageChangesSomethingWhereThereIsOne) {
  request_.method = "POST";
  request_.headers.emplace_back("Origin", "http://localhost:8100");
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 403);
  options_.has_page = true;
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 0);
  options_.https = true;
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 403);
  request_.headers[1].second = "https://localhost:8100";
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 0);
  request_.headers[1].second = "https://evil.example";
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 403);
}

TEST_F(FrontDoorTest, BrowsersAreToldNothingUnlessPagesAreAllowed) {
  request_.headers.emplace_back("Origin", "https://board.example");
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  EXPECT_TRUE(response_.headers.empty());
  request_.method = "OPTIONS";
  request_.headers.emplace_back("Access-Control-Request-Method", "POST");
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  EXPECT_TRUE(response_.headers.empty());
}

TEST_F(FrontDoorTest, AnAllowedPageReadsAndChanges) {
  options_.cors_origins = {"https://board.example"};
  request_.headers.emplace_back("Origin", "https://board.example");
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  EXPECT_EQ(FindHeader(response_.headers, "Access-Control-Allow-Origin"),
            "https://board.example");
  EXPECT_EQ(FindHeader(response_.headers, "Vary"), "Origin");
  request_.method = "POST";
  EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 0);
  // Errors can be read, too.
  EXPECT_EQ(Pass("/metrics", false), 401);
  EXPECT_EQ(FindHeader(response_.headers, "Access-Control-Allow-Origin"),
            "https://board.example");
}

TEST_F(FrontDoorTest, APreflightNeedsNoToken) {
  options_.cors_origins = {"https://board.example"};
  request_.method = "OPTIONS";
  request_.headers.emplace_back("Origin", "https://board.example");
  EXPECT_EQ(Pass("/metrics", false), 401);
  request_.headers.emplace_back("Access-Control-Request-Method", "POST");
  EXPECT_EQ(Pass("/metrics", false), 204);
  EXPECT_EQ(FindHeader(response_.headers, "Access-Control-Allow-Methods"),
            "GET, HEAD, POST");
}

TEST_F(FrontDoorTest, OtherPagesAreNotAllowed) {
  options_.cors_origins = {"https://board.example"};
  for (const char* origin :
       {"https://evil.example", "http://board.example", "null", "*",
        "https://board.example.evil.example", "https://board.example:8443"}) {
    request_.headers = {{"Host", "localhost:8100"}, {"Origin", origin}};
    request_.method = "POST";
    EXPECT_EQ(Pass("/v1/jobs:resubmit", true), 403) << origin;
    request_.method = "OPTIONS";
    request_.headers.emplace_back("Access-Control-Request-Method", "POST");
    EXPECT_EQ(Pass("/v1/jobs", true), 0) << origin;
    EXPECT_EQ(FindHeader(response_.headers, "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(FindHeader(response_.headers, "Vary"), "Origin");
  }
}

TEST_F(FrontDoorTest, AForeignNameIsRefusedWhereOnlyTheHostIsTrusted) {
  request_.headers = {{"Host", "evil.example"}};
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
  options_.check_host = true;
  EXPECT_EQ(Pass("/v1/jobs", true), 403);
  EXPECT_EQ(Pass("/livez", false), 403);
  EXPECT_THAT(response_.body, HasSubstr("--allowed_hosts"));
  options_.own_hosts = {"evil.example"};
  EXPECT_EQ(Pass("/v1/jobs", true), 0);
}

}  // namespace
}  // namespace smon
