#ifndef SMON_SERVER_GATEWAY_HTTP_SERVER_FIXTURE_H_
#define SMON_SERVER_GATEWAY_HTTP_SERVER_FIXTURE_H_

// What the tests of HttpServer have in common.

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/gateway/http_server.h"

namespace smon {

// Answers with what it was asked, unless the test sets something else.
class EchoHandler : public HttpHandler {
 public:
  using Done = std::function<void(HttpResponse)>;

  void Handle(HttpRequest request, Done done) override {
    if (on_request) return on_request(std::move(request), std::move(done));
    HttpResponse response;
    response.body =
        absl::StrCat(request.method, " ", request.target, " ", request.body);
    done(std::move(response));
  }
  void Abort() override {
    if (on_abort) on_abort();
  }

  std::function<void(HttpRequest, Done)> on_request;
  std::function<void()> on_abort;
};

class HttpServerTest : public ::testing::Test {
 protected:
  // The options can be changed before.
  int Start() {
    server_ = std::make_unique<HttpServer>(&handler_, options_);
    const auto port = server_->Start("127.0.0.1", 0);
    EXPECT_TRUE(port.ok()) << port.status();
    return port.value_or(0);
  }

  HttpServer::Options options_;
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_SERVER_FIXTURE_H_
