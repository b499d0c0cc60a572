#include "slurm/rest/http_get.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/raw_server.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

HttpGetOptions To(const std::string& url) {
  HttpGetOptions options;
  options.server = *ParseRestUrl(url);
  return options;
}

absl::StatusOr<std::string> ReadAll(HttpResponse* response) {
  std::string body;
  while (true) {
    const auto piece = response->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return body;
    body.append(piece->data(), piece->size());
  }
}

absl::StatusOr<std::string> GetAll(HttpGetter* http) {
  auto response = http->Get("/x?y=1", {"X-SLURM-USER-TOKEN: secret"});
  if (!response.ok()) return response.status();
  return ReadAll(response->get());
}

TEST(HttpGetTest, SendsItsHeadersAndReadsTheBodyWhileItComes) {
  std::string request;
  RawServer server([&request](RawServer::Connection* c) {
    request = c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    c->Send("later");
  });
  HttpGetter http(To(server.url()));
  const auto body = GetAll(&http);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, "firstlater");
  EXPECT_THAT(request, HasSubstr("GET /x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("X-SLURM-USER-TOKEN: secret\r\n"));
}

TEST(HttpGetTest, ABodyThatIsCutIsAnError) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  });
  HttpGetter http(To(server.url()));
  const auto body = GetAll(&http);
  EXPECT_TRUE(absl::IsUnavailable(body.status()));
  EXPECT_THAT(std::string(body.status().message()), Not(HasSubstr("secret")));
}

TEST(HttpGetTest, ARedirectIsNotFollowed) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n");
  });
  HttpGetter http(To(server.url()));
  const auto response = http.Get("/x", {});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ((*response)->status(), 302);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpGetTest, ABodyThatIsTooLargeIsAnError) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n",
                         std::string(2000, 'x')));
  });
  HttpGetOptions options = To(server.url());
  options.max_body = 1000;
  HttpGetter http(options);
  EXPECT_TRUE(absl::IsResourceExhausted(GetAll(&http).status()));
}

TEST(HttpGetTest, AServerThatIsSilentOrStopsInTheMiddleCostsTheTimeout) {
  for (const char* sent :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst"}) {
    HttpGetOptions options;
    RawServer server([sent](RawServer::Connection* c) {
      c->ReadRequest();
      c->Send(sent);
      c->AwaitClose(-1);
    });
    options.server = *ParseRestUrl(server.url());
    options.timeout = absl::Milliseconds(100);
    HttpGetter http(options);
    const auto body = GetAll(&http);
    EXPECT_TRUE(absl::IsUnavailable(body.status()));
    EXPECT_THAT(std::string(body.status().message()), HasSubstr("100ms"));
  }
}

TEST(HttpGetTest, NobodyThereIsUnavailable) {
  HttpGetter tcp(To("http://127.0.0.1:1"));
  const auto refused = GetAll(&tcp);
  EXPECT_TRUE(absl::IsUnavailable(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("http://127.0.0.1:1: Connection refused"));
  HttpGetter socket(To("unix:///nonexistent/socket"));
  const auto body = GetAll(&socket);
  EXPECT_TRUE(absl::IsUnavailable(body.status()));
  EXPECT_THAT(std::string(body.status().message()),
              HasSubstr("unix:///nonexistent/socket: No such file"));
}

TEST(HttpGetTest, CancelEndsWhatWaitsAndAllThatComesLater) {
  HttpGetter* cancelled = nullptr;
  RawServer server([&cancelled](RawServer::Connection* c) {
    c->ReadRequest();
    cancelled->Cancel();
    c->AwaitClose(-1);
  });
  HttpGetter http(To(server.url()));
  cancelled = &http;
  EXPECT_TRUE(absl::IsCancelled(GetAll(&http).status()));
  EXPECT_TRUE(absl::IsCancelled(GetAll(&http).status()));
}

}  // namespace
}  // namespace smon::slurm
