// What bounds what clients may take of an HttpServer: time, size, number.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
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

TEST_F(HttpServerTest, ASlowHeaderIsCutOff) {
  options_.request_timeout = absl::Milliseconds(50);
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nX-A: ");
  EXPECT_THAT(client.ReadToEnd(), IsEmpty());
}

TEST_F(HttpServerTest, ASlowBodyIsCutOffThoughBytesKeepComing) {
  options_.request_timeout = absl::Milliseconds(50);
  HttpTestClient client(Start());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
  std::atomic<bool> stop{false};
  std::thread dripper([&] {
    while (!stop) {
      client.Send("x");
      std::this_thread::yield();
    }
  });
  EXPECT_THAT(client.ReadToEnd(), Not(HasSubstr("200")));
  stop = true;
  dripper.join();
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosed) {
  options_.idle_timeout = absl::Milliseconds(50);
  const int port = Start();
  HttpTestClient fresh(port);
  EXPECT_THAT(fresh.ReadToEnd(), IsEmpty());
  HttpTestClient used(port);
  used.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(used.ReadToEnd(), EndsWith("GET / "));
}

TEST_F(HttpServerTest, AHeaderThatIsTooLargeIs431) {
  HttpTestClient client(Start());
  client.Send(absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\nX: ",
                           std::string(17 * 1024, 'x'), "\r\n\r\n"));
  EXPECT_THAT(
      client.ReadToEnd(),
      AllOf(StartsWith("HTTP/1.1 431 "), HasSubstr("\r\nConnection: close\r\n"),
            EndsWith(R"({"error":"the header is larger than )"
                     R"(16384 bytes"})")));
}

TEST_F(HttpServerTest, ABodyThatIsTooLargeIs413) {
  const int port = Start();
  HttpTestClient announced(port);
  announced.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_THAT(announced.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("1048576 bytes")));
  HttpTestClient chunked(port);
  chunked.Send(absl::StrCat(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "100001\r\n", std::string(0x100001, 'x'), "\r\n0\r\n\r\n"));
  EXPECT_THAT(chunked.ReadToEnd(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ABodyOfTheLargestSizeIsFine) {
  HttpTestClient client(Start());
  client.Send(absl::StrCat(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n",
      std::string(1048576, 'x')));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, SlowClientsTogetherHoldSoMuchAndNoMore) {
  options_.max_held_bytes = 40 << 20;
  handler_.on_request = [](HttpRequest request, EchoHandler::Done done) {
    HttpResponse response;
    response.body.assign(request.target == "/large" ? 16 << 20 : 2, 'x');
    done(std::move(response));
  };
  const int port = Start();
  HttpTestClient first(port);
  HttpTestClient second(port);
  HttpTestClient third(port);
  for (HttpTestClient* client : {&first, &second, &third}) {
    client->Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    // So that it is being sent.
    EXPECT_THAT(client->ReadUntil("\r\n"), StartsWith("HTTP/1.1 200 "));
  }
  // The one that took longest had to go, the others get theirs.
  EXPECT_LT(first.ReadResponse().size(), size_t{16} << 20);
  EXPECT_GT(second.ReadResponse().size(), size_t{16} << 20);
  EXPECT_GT(third.ReadResponse().size(), size_t{16} << 20);
  second.Send("GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(second.ReadResponse(), EndsWith("xx"));
}

TEST_F(HttpServerTest, BodiesThatDoNotComeMakeRoomForOthers) {
  options_.max_held_bytes = 2500000;
  const int port = Start();
  const std::string announced =
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 1000000\r\n\r\n";
  HttpTestClient first(port);
  HttpTestClient second(port);
  HttpTestClient third(port);
  for (HttpTestClient* client : {&first, &second, &third}) {
    client->Send(announced);
    EXPECT_THAT(client->ReadUntil("\r\n\r\n"), HasSubstr("100 Continue"));
  }
  EXPECT_THAT(first.ReadToEnd(), IsEmpty());
  for (HttpTestClient* client : {&second, &third}) {
    client->Send(std::string(1000000, 'x'));
    EXPECT_THAT(client->ReadResponse(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(HttpServerTest, WhoSentNoWholeRequestForLongestMakesRoom) {
  options_.max_connections = 2;
  const int port = Start();
  HttpTestClient first(port);
  HttpTestClient second(port);
  for (HttpTestClient* client : {&first, &second, &first}) {
    client->Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client->ReadResponse(), EndsWith("GET /1 "));
  }
  second.Send("GET /half");
  HttpTestClient probe(port);
  probe.Send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(probe.ReadResponse(), EndsWith("GET /livez "));
  EXPECT_THAT(second.ReadToEnd(), IsEmpty());
  first.Send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.ReadResponse(), EndsWith("GET /2 "));
}

TEST_F(HttpServerTest, OneConnectionTooManyIs503WhenAllAreAtWork) {
  std::promise<EchoHandler::Done> done;
  handler_.on_request = [&](HttpRequest, EchoHandler::Done d) {
    done.set_value(std::move(d));
  };
  options_.max_connections = 1;
  const int port = Start();
  HttpTestClient first(port);
  first.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  const EchoHandler::Done answer = done.get_future().get();
  HttpTestClient second(port);
  EXPECT_THAT(second.ReadUntil("}"),
              AllOf(StartsWith("HTTP/1.1 503 "),
                    EndsWith(R"("too many connections"})")));
  answer(HttpResponse());
  EXPECT_THAT(first.ReadResponse(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace smon
