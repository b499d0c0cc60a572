#include "server/gateway/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "server/gateway/http_server_fixture.h"
#include "server/gateway/http_test_client.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(HttpServerTest, ARequestGetsItsAnswerAndTheStandingHeaders) {
  HttpTestClient client(Start());
  client.Send(
      "POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_THAT(client.ReadResponse(),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\nDate: "),
                    HasSubstr("\r\nContent-Type: application/json\r\n"),
                    HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"),
                    HasSubstr("\r\nCache-Control: no-store\r\n"),
                    EndsWith("\r\n\r\nPOST /a?b=c body")));
}

TEST_F(HttpServerTest, AnAnswersOwnHeaderTakesThePlaceOfAStandingOne) {
  handler_.on_request = [](HttpRequest, EchoHandler::Done done) {
    HttpResponse response;
    response.headers = {{"cache-control", "no-cache"},
                        {"Content-Security-Policy", "default-src 'self'"}};
    done(std::move(response));
  };
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(
      client.ReadResponse(),
      AllOf(HasSubstr(": no-cache\r\n"), Not(HasSubstr("no-store")),
            HasSubstr("\r\nContent-Security-Policy: default-src 'self'\r\n"),
            Not(HasSubstr("default-src 'none'")),
            HasSubstr("\r\nX-Frame-Options: DENY\r\n")));
}

TEST_F(HttpServerTest, TheHandlerSeesHeadersAndAddress) {
  handler_.on_request = [](HttpRequest request, EchoHandler::Done done) {
    HttpResponse response;
    response.body = absl::StrCat(FindHeader(request.headers, "x-a"), " ",
                                 request.remote_address);
    done(std::move(response));
  };
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), EndsWith("\r\n\r\n1 127.0.0.1"));
}

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  HttpTestClient client(Start());
  for (int i = 0; i < 3; ++i) {
    client.Send(absl::StrCat("GET /", i, " HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_THAT(client.ReadResponse(), EndsWith(absl::StrCat("GET /", i, " ")));
  }
  client.Send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("GET /x "));
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedNotTo) {
  const int port = Start();
  HttpTestClient client(port);
  client.Send("GET /1 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("GET /1 "));
  HttpTestClient other(port);
  other.Send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(other.ReadResponse(), EndsWith("GET /1 "));
  other.Send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(other.ReadResponse(), EndsWith("GET /2 "));
}

TEST_F(HttpServerTest, PipelinedRequestsAreServedOneByOneInOrder) {
  Mutex mu;
  CondVar changed;
  std::vector<std::string> seen;
  std::vector<EchoHandler::Done> waiting;
  handler_.on_request = [&](HttpRequest request, EchoHandler::Done done) {
    MutexLock lock(&mu);
    seen.push_back(request.target);
    waiting.push_back(std::move(done));
    changed.NotifyAll();
  };
  HttpTestClient client(Start());
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  for (size_t i = 0; i < 3; ++i) {
    EchoHandler::Done done;
    {
      MutexLock lock(&mu);
      while (waiting.size() <= i) changed.Wait(&mu);
      EXPECT_EQ(seen.size(), i + 1);
      done = waiting[i];
    }
    HttpResponse response;
    response.body = absl::StrCat("answer ", i);
    done(std::move(response));
    EXPECT_THAT(client.ReadResponse(), EndsWith(absl::StrCat("answer ", i)));
  }
}

TEST_F(HttpServerTest, WhatIsNotHttpIs400) {
  const int port = Start();
  for (const std::string text :
       {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nX\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\r\n\r\n"}) {
    HttpTestClient client(port);
    client.Send(text);
    EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400 ")) << text;
  }
}

// A proxy in front might see another end of the body, and what follows it would
// be a request that it never saw.
TEST_F(HttpServerTest, ABodyWhoseEndIsNotClearIsRefused) {
  const int port = Start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const char* coding : {"gzip", "identity", "xchunked", "gzip, chunked",
                             "chunked, identity", "\"chunked\"", ""}) {
    HttpTestClient client(port);
    client.Send(absl::StrCat(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ", coding,
        "\r\n\r\n0\r\n\r\n", hidden));
    EXPECT_THAT(client.ReadToEnd(),
                AllOf(StartsWith("HTTP/1.1 501 "), Not(HasSubstr("/hidden"))))
        << coding;
  }
  HttpTestClient old(port);
  old.Send(absl::StrCat(
      "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      hidden));
  EXPECT_THAT(old.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 400 "), Not(HasSubstr("/hidden"))));
  HttpTestClient good(port);
  good.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "2\r\nhi\r\n0\r\n\r\n");
  EXPECT_THAT(good.ReadResponse(), EndsWith("POST / hi"));
}

TEST_F(HttpServerTest, HeadHasTheLengthButNotTheBody) {
  HttpTestClient client(Start());
  client.Send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(/*body=*/false),
              AllOf(HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\n")));
  client.Send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), EndsWith("GET /b "));
}

TEST_F(HttpServerTest, AClientThatAsksFirstIsToldToContinue) {
  const int port = Start();
  HttpTestClient client(port);
  client.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hi");
  EXPECT_THAT(client.ReadResponse(), EndsWith("POST / hi"));
  HttpTestClient old(port);  // knows nothing of it
  old.Send(
      "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
  EXPECT_THAT(old.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("POST / hi")));
}

TEST_F(HttpServerTest, AHeaderCannotForgeALine) {
  handler_.on_request = [](HttpRequest, EchoHandler::Done done) {
    HttpResponse response;
    response.content_type = "a\r\nX-Forged: 1";
    response.headers.emplace_back("X-A", "b\r\nX-Forged: 2\x01");
    done(std::move(response));
  };
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(), Not(HasSubstr("\nX-Forged")));
}

TEST_F(HttpServerTest, TheHandlerLearnsThatTheClientIsGone) {
  std::promise<void> gone;
  std::promise<EchoHandler::Done> done;
  handler_.on_request = [&](HttpRequest request, EchoHandler::Done d) {
    request.client_gone->OnSignal([&gone] { gone.set_value(); });
    done.set_value(std::move(d));
  };
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.CloseSendSide();
  gone.get_future().wait();
  // A client that has only closed its own side still gets the answer.
  done.get_future().get()(HttpResponse());
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, StopLetsARunningRequestFinish) {
  std::promise<EchoHandler::Done> done;
  handler_.on_request = [&](HttpRequest, EchoHandler::Done d) {
    done.set_value(std::move(d));
  };
  options_.drain_timeout = absl::Seconds(20);
  const int port = Start();
  HttpTestClient client(port);
  HttpTestClient idle(port);
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EchoHandler::Done answer = done.get_future().get();
  std::thread stopper([this] { server_->Stop(); });
  // The idle one shows that the stop has begun.
  EXPECT_THAT(idle.ReadToEnd(), IsEmpty());
  HttpResponse response;
  response.body = "late";
  answer(std::move(response));
  EXPECT_THAT(client.ReadToEnd(), AllOf(HasSubstr("\r\nConnection: close\r\n"),
                                        EndsWith("\r\n\r\nlate")));
  stopper.join();
  EXPECT_FALSE(HttpTestClient(port).connected());
}

TEST_F(HttpServerTest, StopAbortsWhatDoesNotFinish) {
  std::promise<EchoHandler::Done> done;
  handler_.on_request = [&](HttpRequest, EchoHandler::Done d) {
    done.set_value(std::move(d));
  };
  EchoHandler::Done pending;
  handler_.on_abort = [&] {
    if (pending) pending(HttpResponse());
    pending = nullptr;
  };
  options_.drain_timeout = absl::Milliseconds(20);
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  pending = done.get_future().get();
  // Whether the answer still arrives is a matter of luck; that it ends is not.
  std::thread stopper([this] { server_->Stop(); });
  EXPECT_NE(client.ReadToEnd(), "(still open)");
  stopper.join();
  server_->Stop();
}

TEST_F(HttpServerTest, APortInUseIsNamedWithTheMend) {
  const int port = Start();
  EchoHandler other_handler;
  HttpServer other(&other_handler, {});
  const auto result = other.Start("127.0.0.1", port);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(result.status().message(),
            absl::StrCat("cannot listen on 127.0.0.1:", port,
                         ": Address already in use; stop the program that has "
                         "it (ss -ltnp sport = :",
                         port, " shows which), or give another port"));
}

TEST_F(HttpServerTest, HostsAreAddressesOrLocalhost) {
  for (const std::string host : {"localhost", "127.0.0.1", "0.0.0.0"}) {
    HttpServer server(&handler_, {});
    EXPECT_TRUE(server.Start(host, 0).ok()) << host;
  }
  for (const std::string host : {"", "nowhere.example", "1.2.3", "[::1", "*"}) {
    HttpServer server(&handler_, {});
    EXPECT_THAT(
        std::string(server.Start(host, 0).status().message()),
        StartsWith(absl::StrCat("cannot listen on host \"", host, "\": give")));
  }
  HttpServer server(&handler_, {});
  EXPECT_EQ(server.Start("127.0.0.1", 65536).status().message(),
            "cannot listen on port 65536: give one from 1 to 65535, or 0 for "
            "any free one");
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  const int port = Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([port, t] {
      HttpTestClient client(port);
      for (int i = 0; i < 50; ++i) {
        client.Send(
            absl::StrCat("GET /", t, "/", i, " HTTP/1.1\r\nHost: h\r\n\r\n"));
        EXPECT_THAT(client.ReadResponse(),
                    EndsWith(absl::StrCat("GET /", t, "/", i, " ")));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace smon
