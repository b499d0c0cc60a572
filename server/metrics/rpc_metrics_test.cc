#include "server/metrics/rpc_metrics.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/grpc_server.h"
#include "server/metrics/metrics.h"
#include "testing/call_outcome.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Finds no job, and streams one message and then nothing.
class Service final : public v1::MonitorService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetHealth(grpc::CallbackServerContext* context,
                                      const v1::GetHealthRequest*,
                                      v1::Health*) override {
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest*,
                                   v1::Job*) override {
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status(grpc::NOT_FOUND, "no such job"));
    return reactor;
  }
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext*, const v1::WatchJobsRequest*) override {
    class Watch final : public grpc::ServerWriteReactor<v1::WatchJobsResponse> {
     public:
      Watch() { StartWrite(&response_); }
      void OnWriteDone(bool) override {}
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      v1::WatchJobsResponse response_;
    };
    return new Watch();
  }
};

class RpcMetricsTest : public ::testing::Test {
 protected:
  RpcMetricsTest() {
    GrpcServer::Options options;
    options.address = "127.0.0.1:0";
    options.interceptors.push_back(rpcs_.NewFactory());
    server_ = *GrpcServer::Start(std::move(options), &service_);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::MonitorService::NewStub(channel_);
  }

  // Of grpc_server_handled_total. Waits: a call is over for the client before
  // it is for the server.
  void AwaitHandled(const std::string& code, const std::string& method,
                    int times) {
    const std::string service =
        method == "other" ? "other" : "smon.v1.MonitorService";
    const std::string type = method == "WatchJobs" ? "server_stream" : "unary";
    const std::string sample =
        absl::StrCat("grpc_server_handled_total{grpc_code=\"", code,
                     "\",grpc_method=\"", method, "\",grpc_service=\"", service,
                     "\",grpc_type=\"", type, "\"} ", times, "\n");
    while (!absl::StrContains(metrics_.Text(), sample)) {
      std::this_thread::yield();
    }
  }

  Service service_;
  Metrics metrics_;
  RpcMetrics rpcs_{metrics_.registry()};
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::MonitorService::Stub> stub_;
};

TEST_F(RpcMetricsTest, CallsAreCountedByTheirCodeAndTimed) {
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    v1::Health health;
    EXPECT_TRUE(stub_->GetHealth(&context, {}, &health).ok());
  }
  grpc::ClientContext context;
  v1::Job job;
  EXPECT_FALSE(stub_->GetJob(&context, {}, &job).ok());
  AwaitHandled("OK", "GetHealth", 3);
  AwaitHandled("NotFound", "GetJob", 1);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("grpc_server_handling_seconds_count{grpc_method="
                        "\"GetHealth\",grpc_service=\"smon.v1.MonitorService\","
                        "grpc_type=\"unary\"} 3\n"));
}

TEST_F(RpcMetricsTest, AStreamIsOverWhenItsClientLeaves) {
  grpc::ClientContext context;
  const auto reader = stub_->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  const std::string watch =
      "{grpc_method=\"WatchJobs\",grpc_service=\"smon.v1.MonitorService\","
      "grpc_type=\"server_stream\"} ";
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("grpc_server_started_total" + watch + "1\n"));
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("grpc_server_handling_seconds_count" + watch + "0\n"));
  context.TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
  AwaitHandled("Canceled", "WatchJobs", 1);
}

TEST_F(RpcMetricsTest, MethodsThatAreNotServedShareAName) {
  grpc::GenericStub stub(channel_);
  for (const char* path : {"/smon.v1.MonitorService/Evil", "/evil.Evil/Get"}) {
    grpc::ClientContext context;
    const grpc::Slice nothing(std::string{});
    grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    CallOutcome outcome;
    stub.UnaryCall(
        &context, path, {}, &request, &response,
        [&outcome](const grpc::Status& status) { outcome.Set(status); });
    EXPECT_EQ(outcome.Await().error_code(), grpc::UNIMPLEMENTED);
  }
  grpc::ClientContext context;
  v1::Health health;
  EXPECT_TRUE(stub_->GetHealth(&context, {}, &health).ok());
  AwaitHandled("OK", "GetHealth", 1);
  EXPECT_THAT(metrics_.Text(), Not(::testing::ContainsRegex("[Ee]vil")));
}

}  // namespace
}  // namespace smon
