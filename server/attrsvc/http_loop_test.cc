#include "server/attrsvc/http_loop.h"

#include <stdlib.h>

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/attrsvc/mailbox.h"
#include "testing/raw_server.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Much longer than anything here takes.
constexpr absl::Duration kLong = absl::Seconds(120);
constexpr absl::Duration kShort = absl::Seconds(1);

std::unique_ptr<HttpLoop> MakeLoop(const HttpLoopOptions& options) {
  auto loop = HttpLoop::Create(options);
  EXPECT_TRUE(loop.ok()) << loop.status();
  return *std::move(loop);
}

OutgoingRequest GetOf(const std::string& url) {
  OutgoingRequest request;
  request.url = url;
  return request;
}

HttpOutcome Get(const std::string& url, const HttpLoopOptions& options) {
  Mailbox<HttpOutcome> mailbox;
  const auto loop = MakeLoop(options);
  loop->Start(GetOf(url), mailbox.Callback());
  return mailbox.Await(1).at(0);
}

HttpLoopOptions WithTimeout(absl::Duration timeout) {
  HttpLoopOptions options;
  options.timeout = timeout;
  return options;
}

TEST(HttpLoopTest, AResponseComesWithItsStatusHeadersAndBody) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send(RawResponse("429 Too Many", "body\n",
                        "RETRY-AFTER: 7\r\nLocation: /x\r\n"));
  });
  const HttpOutcome outcome = Get(server.url(), WithTimeout(kLong));
  EXPECT_EQ(outcome.failure, HttpOutcome::kNone);
  EXPECT_EQ(outcome.response.status, 429);
  EXPECT_EQ(outcome.response.retry_after, "7");
  EXPECT_EQ(outcome.response.location, "/x");
  EXPECT_EQ(outcome.response.body, "body\n");
}

TEST(HttpLoopTest, ARequestSaysWhatItWantsAndNothingMore) {
  std::string get;
  std::string post;
  {
    RawServer server([&](RawServer::Connection* c) {
      get = c->ReadRequest();
      c->Send(RawResponse("200 OK", "{}"));
      post = c->ReadRequest();
      c->Send(RawResponse("200 OK", "{}"));
    });
    HttpLoopOptions options = WithTimeout(kLong);
    options.user_agent = "smonsvc/1.2";
    const auto loop = MakeLoop(options);
    Mailbox<HttpOutcome> mailbox;
    loop->Start(GetOf(server.url() + "/a?b=c"), mailbox.Callback());
    mailbox.Await(1);
    loop->Start({server.url() + "/d", true, "{\"e\":1}"}, mailbox.Callback());
    mailbox.Await(2);
  }
  EXPECT_THAT(get, StartsWith("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(get, HasSubstr("User-Agent: smonsvc/1.2\r\n"));
  EXPECT_THAT(get, HasSubstr("Accept: application/json\r\n"));
  EXPECT_THAT(get, Not(HasSubstr("Accept-Encoding")));
  EXPECT_THAT(post, StartsWith("POST /d HTTP/1.1\r\n"));
  EXPECT_THAT(post, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(post, HasSubstr("\r\n\r\n{\"e\":1}"));
  EXPECT_THAT(post, Not(HasSubstr("Expect")));
}

TEST(HttpLoopTest, ConnectionsAreKept) {
  RawServer server([](RawServer::Connection* c) {
    while (!c->ReadRequest().empty()) c->Send(RawResponse("200 OK", "{}"));
  });
  const auto loop = MakeLoop(WithTimeout(kLong));
  Mailbox<HttpOutcome> mailbox;
  for (int i = 1; i <= 20; ++i) {
    loop->Start(GetOf(server.url()), mailbox.Callback());
    mailbox.Await(i);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpLoopTest, AKeptConnectionThatTheServerClosedIsReplaced) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send(RawResponse("200 OK", "{}"));
  });
  const auto loop = MakeLoop(WithTimeout(kLong));
  Mailbox<HttpOutcome> mailbox;
  for (int i = 1; i <= 20; ++i) {
    loop->Start({server.url(), true, "{}"}, mailbox.Callback());
    EXPECT_EQ(mailbox.Await(i).back().failure, HttpOutcome::kNone);
  }
}

TEST(HttpLoopTest, WhereNobodyListensTheConnectionIsRefused) {
  int port = 0;
  {
    port = RawServer([](RawServer::Connection*) {}).port();
  }
  const HttpOutcome outcome =
      Get(absl::StrCat("http://127.0.0.1:", port), WithTimeout(kLong));
  EXPECT_EQ(outcome.failure, HttpOutcome::kConnection);
  EXPECT_EQ(outcome.error, "Connection refused");
}

TEST(HttpLoopTest, AMissingSocketIsNamedAsSuch) {
  HttpLoopOptions options = WithTimeout(kLong);
  options.unix_socket = "/nonexistent/s";
  const HttpOutcome outcome = Get("http://localhost/", options);
  EXPECT_EQ(outcome.failure, HttpOutcome::kConnection);
  EXPECT_THAT(outcome.error, HasSubstr("No such file or directory"));
}

TEST(HttpLoopTest, OnlyHttpIsSpoken) {
  EXPECT_EQ(Get("file:///etc/passwd", WithTimeout(kLong)).failure,
            HttpOutcome::kConnection);
}

TEST(HttpLoopTest, AResetInMidBodyIsAFailure) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
    c->ResetOnClose();
  });
  const HttpOutcome outcome = Get(server.url(), WithTimeout(kLong));
  EXPECT_EQ(outcome.failure, HttpOutcome::kConnection);
  EXPECT_FALSE(outcome.error.empty());
}

TEST(HttpLoopTest, ABodyThatEndsTooSoonIsAFailure) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}");
  });
  EXPECT_EQ(Get(server.url(), WithTimeout(kLong)).failure,
            HttpOutcome::kConnection);
}

TEST(HttpLoopTest, GarbageInsteadOfHttpIsAFailure) {
  for (const char* garbage : {"SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x02",
                              "HTTP/1.1 twohundred\r\n\r\n", ""}) {
    RawServer server([garbage](RawServer::Connection* c) {
      c->ReadRequest();
      c->Send(garbage);
    });
    EXPECT_EQ(Get(server.url(), WithTimeout(kLong)).failure,
              HttpOutcome::kConnection)
        << garbage;
  }
}

TEST(HttpLoopTest, ATlsHandshakeWithAPlainServerIsAFailure) {
  RawServer server([](RawServer::Connection* c) {
    c->Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  EXPECT_EQ(
      Get(absl::StrCat("https://127.0.0.1:", server.port()), WithTimeout(kLong))
          .failure,
      HttpOutcome::kConnection);
}

TEST(HttpLoopTest, AServerThatNeverAnswersIsSilence) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->AwaitClose(-1);
  });
  const HttpOutcome outcome = Get(server.url(), WithTimeout(kShort));
  EXPECT_EQ(outcome.failure, HttpOutcome::kSilence);
  EXPECT_EQ(outcome.error, "nothing came within 1s");
}

TEST(HttpLoopTest, AServerThatDripsIsCutOffAtTheTimeout) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (!c->AwaitClose(10) && c->Send(" ")) {
    }
  });
  const HttpOutcome outcome = Get(server.url(), WithTimeout(kShort));
  EXPECT_EQ(outcome.failure, HttpOutcome::kTooSlow);
  EXPECT_EQ(outcome.error, "its answer was not complete within 1s");
}

TEST(HttpLoopTest, ABodyOfTheLargestSizePassesAndOneByteMoreDoesNot) {
  RawServer server([](RawServer::Connection* c) {
    const std::string request = c->ReadRequest();
    const size_t size = absl::StrContains(request, "/more") ? 100'001 : 100'000;
    c->Send(RawResponse("200 OK", std::string(size, ' ')));
    c->AwaitClose(-1);
  });
  HttpLoopOptions options = WithTimeout(kLong);
  options.max_body_bytes = 100'000;
  const HttpOutcome most = Get(server.url() + "/most", options);
  EXPECT_EQ(most.failure, HttpOutcome::kNone);
  EXPECT_EQ(most.response.body.size(), 100'000u);
  const HttpOutcome more = Get(server.url() + "/more", options);
  EXPECT_EQ(more.failure, HttpOutcome::kTooLarge);
  EXPECT_EQ(more.error, "its answer is larger than 100000 bytes");
}

TEST(HttpLoopTest, EndlessHeadersAreCutOff) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send("HTTP/1.1 200 OK\r\n");
    const std::string line = "X: " + std::string(1000, 'x') + "\r\n";
    while (c->Send(line)) {
    }
  });
  EXPECT_EQ(Get(server.url(), WithTimeout(kLong)).failure,
            HttpOutcome::kTooLarge);
}

TEST(HttpLoopTest, ARedirectIsNotFollowed) {
  RawServer server([](RawServer::Connection* c) {
    while (!c->ReadRequest().empty()) {
      c->Send(RawResponse("302 Found", "", "Location: /\r\n"));
    }
  });
  EXPECT_EQ(Get(server.url(), WithTimeout(kLong)).response.status, 302);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpLoopTest, AProxyOfTheEnvironmentIsNotUsedForTheMachineItself) {
  std::atomic<int> served = 0;
  const auto serve = [&served](RawServer::Connection* c) {
    c->ReadRequest();
    ++served;
    c->Send(RawResponse("200 OK", "{}"));
  };
  RawServer server(serve);
  RawServer proxy(serve);
  setenv("http_proxy", proxy.url().c_str(), 1);
  EXPECT_EQ(Get(server.url(), WithTimeout(kLong)).response.status, 200);
  EXPECT_EQ(
      Get(absl::StrCat("http://localhost:", server.port()), WithTimeout(kLong))
          .response.status,
      200);
  EXPECT_EQ(proxy.connections(), 0);
  EXPECT_EQ(Get("http://attrsvc.invalid/", WithTimeout(kLong)).response.status,
            200);
  EXPECT_EQ(proxy.connections(), 1);
  unsetenv("http_proxy");
}

TEST(HttpLoopTest, RequestsRunAtOnce) {
  std::atomic<int> arrived = 0;
  constexpr int kRequests = 30;
  Mutex mutex;
  CondVar all_here;
  // Nobody is answered before all are here.
  RawServer server([&](RawServer::Connection* c) {
    c->ReadRequest();
    {
      const MutexLock lock(&mutex);
      ++arrived;
      all_here.NotifyAll();
      while (arrived < kRequests) all_here.Wait(&mutex);
    }
    c->Send(RawResponse("200 OK", "{}"));
  });
  const auto loop = MakeLoop(WithTimeout(kLong));
  Mailbox<HttpOutcome> mailbox;
  for (int i = 0; i < kRequests; ++i) {
    loop->Start(GetOf(server.url()), mailbox.Callback());
  }
  for (const HttpOutcome& outcome : mailbox.Await(kRequests)) {
    EXPECT_EQ(outcome.failure, HttpOutcome::kNone) << outcome.error;
  }
}

TEST(HttpLoopTest, ACallbackMayStartTheNextRequest) {
  RawServer server([](RawServer::Connection* c) {
    while (!c->ReadRequest().empty()) c->Send(RawResponse("200 OK", "{}"));
  });
  const auto loop = MakeLoop(WithTimeout(kLong));
  Mailbox<HttpOutcome> mailbox;
  loop->Start(GetOf(server.url()), [&](HttpOutcome) {
    loop->Start(GetOf(server.url()), mailbox.Callback());
  });
  EXPECT_EQ(mailbox.Await(1)[0].failure, HttpOutcome::kNone);
}

TEST(HttpLoopTest, ItsEndAnswersEveryOutstandingRequestOnce) {
  std::atomic<int> arrived = 0;
  RawServer server([&](RawServer::Connection* c) {
    c->ReadRequest();
    ++arrived;
    c->AwaitClose(-1);
  });
  Mailbox<HttpOutcome> mailbox;
  auto loop = MakeLoop(WithTimeout(absl::Hours(1)));
  for (int i = 0; i < 10; ++i) {
    loop->Start(GetOf(server.url()), mailbox.Callback());
  }
  // And one whose callback asks for more.
  loop->Start(GetOf(server.url()), [&, raw = loop.get()](HttpOutcome) {
    raw->Start(GetOf(server.url()), mailbox.Callback());
  });
  const absl::Time begin = absl::Now();
  loop.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
  for (const HttpOutcome& outcome : mailbox.Await(11)) {
    EXPECT_EQ(outcome.failure, HttpOutcome::kStopped);
  }
}

}  // namespace
}  // namespace smon
