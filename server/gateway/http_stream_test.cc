#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/gateway/http_server.h"
#include "server/gateway/http_test_client.h"

namespace smon {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using Done = std::function<void(HttpResponse)>;

class Handler : public HttpHandler {
 public:
  void Handle(HttpRequest request, Done done) override {
    on_request(std::move(request), std::move(done));
  }
  void Abort() override {}

  std::function<void(HttpRequest, Done)> on_request;
};

class HttpStreamTest : public ::testing::Test {
 protected:
  // The options can be changed before.
  int Start() {
    server_ = std::make_unique<HttpServer>(&handler_, options_);
    const auto port = server_->Start("127.0.0.1", 0);
    EXPECT_TRUE(port.ok()) << port.status();
    return port.value_or(0);
  }
  // Answers each request with `stream`.
  void Serve(std::shared_ptr<HttpBodyStream> stream) {
    handler_.on_request = [stream](HttpRequest, Done done) {
      HttpResponse response;
      response.stream = stream;
      done(std::move(response));
    };
  }

  HttpServer::Options options_;
  Handler handler_;
  std::unique_ptr<HttpServer> server_;
};

// Pieces "0", "1", ... as long as the client takes them.
class Counter : public HttpBodyStream {
 public:
  explicit Counter(int end) : end_(end) {}
  void Next(std::function<void(std::optional<std::string>)> ready) override {
    if (next_ == end_) return ready(std::nullopt);
    ready(absl::StrCat(next_++));
  }
  void Cancel() override {
    if (!cancelled_done_.exchange(true)) cancelled.set_value();
  }
  std::promise<void> cancelled;

 private:
  const int end_;
  int next_ = 1;
  std::atomic<bool> cancelled_done_{false};
};

// The same piece again and again.
class Endless : public Counter {
 public:
  explicit Endless(std::string piece) : Counter(-1), piece_(std::move(piece)) {}
  void Next(std::function<void(std::optional<std::string>)> ready) override {
    ready(piece_);
  }

 private:
  const std::string piece_;
};

class HalfAnAnswer : public Counter {
 public:
  HalfAnAnswer() : Counter(2) {}
  bool Broken() const override { return true; }
};

TEST_F(HttpStreamTest, AStreamIsSentInChunks) {
  handler_.on_request = [](HttpRequest, Done done) {
    HttpResponse response;
    response.body = "0";
    response.stream = std::make_shared<Counter>(3);
    done(std::move(response));
  };
  const int port = Start();
  HttpTestClient client(port);
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("\r\n\r\n"),
                HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_EQ(client.ReadUntil("\r\n0\r\n\r\n"),
              "1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n");
  }
  HttpTestClient old(port);
  old.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.ReadToEnd(), EndsWith("\r\n\r\n012"));
}

TEST_F(HttpStreamTest, AClientThatLeavesEndsItsStream) {
  const auto endless = std::make_shared<Counter>(-1);
  handler_.on_request = [&](HttpRequest, Done done) {
    HttpResponse response;
    response.stream = endless;
    done(std::move(response));
  };
  auto client = std::make_unique<HttpTestClient>(Start());
  client->Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client->ReadUntil("\r\n\r\n");
  client = nullptr;
  endless->cancelled.get_future().wait();
}

TEST_F(HttpStreamTest, AClientThatDoesNotReadIsCutOff) {
  options_.write_timeout = absl::Milliseconds(100);
  const auto endless = std::make_shared<Endless>(std::string(1 << 20, 'x'));
  Serve(endless);
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  endless->cancelled.get_future().wait();
}

TEST_F(HttpStreamTest, AClientThatReadsBytewiseIsCutOff) {
  options_.write_timeout = absl::Milliseconds(100);
  const auto endless = std::make_shared<Endless>(std::string(8 << 20, 'x'));
  Serve(endless);
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto cancelled = endless->cancelled.get_future();
  // Small reads, each of which makes room for some more.
  while (cancelled.wait_for(std::chrono::milliseconds(1)) !=
         std::future_status::ready) {
    client.ReadUntil("x");
  }
}

TEST_F(HttpStreamTest, AnAnswerThatIsNotTakenIsCutOff) {
  options_.write_timeout = absl::Milliseconds(100);
  handler_.on_request = [](HttpRequest, Done done) {
    HttpResponse response;
    response.body.assign(64 << 20, 'x');
    done(std::move(response));
  };
  struct Closed : HttpObserver {
    void OnAnswer(absl::string_view, absl::string_view, int,
                  absl::Duration) override {}
    void OnConnections(int open) override {
      if (open == 0) none.set_value();
    }
    std::promise<void> none;
  } closed;
  options_.observer = &closed;
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  closed.none.get_future().wait();
}

TEST_F(HttpStreamTest, AStreamThatBreaksHasNoEnd) {
  Serve(std::make_shared<HalfAnAnswer>());
  HttpTestClient client(Start());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("\r\n\r\n1\r\n1\r\n"));
}

TEST_F(HttpStreamTest, WhatIsPipelinedBehindAStreamComesAfterIt) {
  handler_.on_request = [](HttpRequest request, Done done) {
    HttpResponse response;
    response.body = request.target;
    if (request.target == "/1") response.stream = std::make_shared<Counter>(3);
    done(std::move(response));
  };
  HttpTestClient client(Start());
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n0\r\n\r\n"), Not(HasSubstr("/2")));
  EXPECT_THAT(client.ReadResponse(), EndsWith("/2"));
}

}  // namespace
}  // namespace smon
