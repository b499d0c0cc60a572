#include "server/gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "server/gateway/fake_monitor_service.h"
#include "server/gateway/http_test_client.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() : gateway_(service_.channel(), {}) {
    const auto port = gateway_.Start("localhost", 0);
    EXPECT_TRUE(port.ok()) << port.status();
    port_ = port.value_or(0);
  }

  std::string Get(const std::string& target) {
    HttpTestClient client(port_);
    client.Send(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: h\r\n\r\n"));
    return client.ReadResponse();
  }

  FakeMonitorService service_;
  Gateway gateway_;
  int port_ = 0;
};

TEST_F(GatewayTest, ServesTheApiAndTheOldEndpoints) {
  EXPECT_THAT(Get("/v1/jobs/12+1"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("\r\n\r\n{\"jobId\":\"\",")));
  EXPECT_EQ(service_.LastRequest(), R"(GetJobRequest{job_id: "12+1"})");
  EXPECT_EQ(service_.Metadata("x-forwarded-for"), "127.0.0.1");
  EXPECT_THAT(Get("/healthz"), HasSubstr("\r\n\r\n{\"status\":\"ok\","));
  EXPECT_THAT(Get("/"), HasSubstr("\r\n\r\n{\"jobs\":{\"total\":0,"));
}

TEST_F(GatewayTest, AClusterThatIsEmptyInAPathIsNotAllClusters) {
  for (const char* const path :
       {"/v1/clusters//jobs", "/v1/clusters//jobs/1",
        "/v1/clusters//jobs:watch", "/v1/clusters//jobs/1/result"}) {
    EXPECT_THAT(Get(path), AllOf(StartsWith("HTTP/1.1 400 "),
                                 HasSubstr("cluster, error: it is empty")));
  }
  EXPECT_THAT(Get("/v1/jobs?cluster="), StartsWith("HTTP/1.1 200 "));
}

TEST_F(GatewayTest, AnythingElseIs404) {
  EXPECT_THAT(
      Get("/nothing"),
      AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"),
            EndsWith(R"({"code":5,"message":"Not Found","details":[]})")));
}

// Answers with what it was asked.
class EchoHandler final : public HttpHandler {
 public:
  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override {
    HttpResponse response;
    response.body = "echo " + request.target;
    done(std::move(response));
  }
  void Abort() override {}
};

TEST_F(GatewayTest, ALargeAnswerIsSentOnceAndCompressed) {
  service_.get_job = [](grpc::ServerContext*, v1::Job* job) {
    job->set_name(std::string(10000, 'n'));
    return grpc::Status::OK;
  };
  service_.Publish();
  const auto get = [this](const std::string& header) {
    HttpTestClient client(port_);
    client.Send("GET /v1/jobs/1 HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n");
    return client.ReadResponse();
  };
  const std::string zipped = get("Accept-Encoding: gzip");
  EXPECT_THAT(zipped, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_LT(zipped.size(), 2000u);
  const std::string tag = "\r\nETag: ";
  const size_t begin = zipped.find(tag) + tag.size();
  const std::string etag =
      zipped.substr(begin, zipped.find('\r', begin) - begin);
  HttpTestClient client(port_);
  for (int i = 0; i < 2; ++i) {
    client.Send("GET /v1/jobs/1 HTTP/1.1\r\nHost: h\r\nIf-None-Match: " + etag +
                "\r\n\r\n");
    EXPECT_THAT(client.ReadResponse(),
                AllOf(StartsWith("HTTP/1.1 304 Not Modified\r\n"),
                      Not(HasSubstr("Content-Length")), EndsWith("\r\n\r\n")));
  }
}

TEST_F(GatewayTest, OtherHandlersServeTheirPaths) {
  EchoHandler echo;
  Gateway::Options options;
  options.handlers["/metrics"] = &echo;
  Gateway gateway(service_.channel(), options);
  port_ = gateway.Start("localhost", 0).value();
  EXPECT_THAT(Get("/metrics?a=b"), EndsWith("\r\n\r\necho /metrics?a=b"));
  EXPECT_THAT(Get("/metrics/x"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

// "GET /healthz 200" of each request.
class RequestLog final : public HttpObserver {
 public:
  void OnAnswer(absl::string_view method, absl::string_view route, int status,
                absl::Duration time) override {
    EXPECT_GE(time, absl::ZeroDuration());
    MutexLock lock(&mu_);
    lines_.push_back(absl::StrCat(method, " ", route, " ", status));
  }
  void OnConnections(int open) override {
    MutexLock lock(&mu_);
    open_ = open;
    changed_.NotifyAll();
  }
  std::vector<std::string> lines() {
    MutexLock lock(&mu_);
    return lines_;
  }
  void AwaitConnections(int open) {
    MutexLock lock(&mu_);
    while (open_ != open) changed_.Wait(&mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  int open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mu_);
};

TEST_F(GatewayTest, AnObserverIsToldOfEachRequestByItsRoute) {
  EchoHandler echo;
  RequestLog log;
  Gateway::Options options;
  options.handlers["/metrics"] = &echo;
  options.http.observer = &log;
  Gateway gateway(service_.channel(), options);
  port_ = gateway.Start("localhost", 0).value();
  for (const char* target :
       {"/v1/jobs/12?view=FULL", "/v1/jobs/13?no=such", "/v1/jobs", "/healthz",
        "/metrics?a=b", "/any/thing/else"}) {
    Get(target);
  }
  HttpTestClient client(port_);
  client.Send("what is this\r\n\r\n");
  client.ReadToEnd();
  EXPECT_THAT(
      log.lines(),
      ElementsAre("GET /v1/jobs/{job_id} 200", "GET /v1/jobs/{job_id} 200",
                  "GET /v1/jobs 200", "GET /healthz 200", "GET /metrics 200",
                  "GET  404", "  400"));
}

TEST_F(GatewayTest, AnObserverIsToldOfConnectionsThatComeAndGo) {
  RequestLog log;
  Gateway::Options options;
  options.http.observer = &log;
  Gateway gateway(service_.channel(), options);
  const int port = gateway.Start("localhost", 0).value();
  {
    HttpTestClient one(port);
    HttpTestClient other(port);
    log.AwaitConnections(2);
  }
  log.AwaitConnections(0);
}

TEST_F(GatewayTest, AWebPageMayNotChangeAnything) {
  const auto resubmit = [this](const std::string& header) {
    HttpTestClient client(port_);
    client.Send(
        absl::StrCat("POST /v1/jobs/12:resubmit HTTP/1.1\r\nHost: h\r\n",
                     header, "Content-Length: 2\r\n\r\n{}"));
    return client.ReadResponse();
  };
  EXPECT_THAT(resubmit("Origin: http://evil.example\r\n"),
              AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("\"code\":7,")));
  EXPECT_THAT(resubmit(""), StartsWith("HTTP/1.1 200 "));
}

TEST_F(GatewayTest, AStreamArrivesLineByLineAndEndsWhenTheGatewayStops) {
  service_.watch_jobs = [](grpc::ServerContext* context,
                           grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
    writer->Write(v1::WatchJobsResponse());
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  service_.Publish();
  HttpTestClient client(port_);
  client.Send("GET /v1/jobs:watch HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("}}\n"),
              EndsWith("{\"result\":{\"job\":null,\"cursor\":\"\"}}\n"));
  gateway_.Stop();
  EXPECT_THAT(client.ReadToEnd(), EndsWith("0\r\n\r\n"));
}

TEST_F(GatewayTest, AClientThatLeavesEndsItsStreamAtTheServer) {
  const auto over = std::make_shared<std::promise<void>>();
  service_.watch_jobs = [over](
                            grpc::ServerContext* context,
                            grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
    writer->Write(v1::WatchJobsResponse());
    while (!context->IsCancelled()) std::this_thread::yield();
    over->set_value();
    return grpc::Status::OK;
  };
  service_.Publish();
  {
    HttpTestClient client(port_);
    client.Send("GET /v1/jobs:watch HTTP/1.1\r\nHost: h\r\n\r\n");
    client.ReadUntil("}}\n");
  }
  over->get_future().wait();
}

TEST_F(GatewayTest, ManyClientsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (const char* target :
           {"/v1/jobs/1", "/healthz", "/jobs", "/v1/stats", "/v1/jobs?x=1"}) {
        EXPECT_THAT(Get(target), StartsWith("HTTP/1.1 200 OK\r\n"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace smon
