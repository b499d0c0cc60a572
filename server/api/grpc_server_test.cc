#include "server/api/grpc_server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/raw_http2.h"
#include "testing/call_outcome.h"

namespace smon {
namespace {

// Answers GetHealth only once it is released.
class BlockedService final : public v1::MonitorService::Service {
 public:
  grpc::Status GetHealth(grpc::ServerContext*, const v1::GetHealthRequest*,
                         v1::Health*) override {
    MutexLock lock(&mu_);
    while (!released_) changed_.Wait(&mu_);
    return grpc::Status::OK;
  }
  void Release() {
    MutexLock lock(&mu_);
    released_ = true;
    changed_.NotifyAll();
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool released_ ABSL_GUARDED_BY(mu_) = false;
};

// Calls GetHealth and collects the status codes of the answers.
class Calls {
 public:
  explicit Calls(int port)
      : stub_(v1::MonitorService::NewStub(
            grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                grpc::InsecureChannelCredentials()))) {}

  void Start(int count) {
    for (int i = 0; i < count; ++i) {
      Call& call = calls_.emplace_back();
      stub_->async()->GetHealth(&call.context, &call.request, &call.response,
                                [this](const grpc::Status& status) {
                                  MutexLock lock(&mu_);
                                  answers_.push_back(status.error_code());
                                  answered_.NotifyAll();
                                });
    }
  }
  std::vector<grpc::StatusCode> Await(size_t count) {
    MutexLock lock(&mu_);
    while (answers_.size() < count) answered_.Wait(&mu_);
    return answers_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::GetHealthRequest request;
    v1::Health response;
  };

  const std::unique_ptr<v1::MonitorService::Stub> stub_;
  std::deque<Call> calls_;
  Mutex mu_;
  CondVar answered_;
  std::vector<grpc::StatusCode> answers_ ABSL_GUARDED_BY(mu_);
};

TEST(GrpcServerTest, CallsBeyondItsThreadsAreRefusedAndTheOthersAnswered) {
  constexpr int kThreads = 64;
  constexpr int kCalls = 200;
  BlockedService service;
  auto server = GrpcServer::Start({"127.0.0.1:0"}, &service);
  ASSERT_TRUE(server.ok()) << server.status();
  Calls calls((*server)->port());
  calls.Start(kCalls);
  // These come while all others are held.
  for (const grpc::StatusCode code : calls.Await(kCalls - kThreads)) {
    EXPECT_EQ(code, grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  service.Release();
  const auto codes = calls.Await(kCalls);
  EXPECT_GT(std::count(codes.begin(), codes.end(), grpc::StatusCode::OK), 0);
}

// What grpc.health.v1.Health/Check says of a service.
std::string Check(int port, const std::string& service) {
  grpc::GenericStub stub(grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  // HealthCheckRequest{service}: field 1, its length, the text.
  const std::string request =
      service.empty()
          ? ""
          : absl::StrCat("\x0a", std::string(1, service.size()), service);
  grpc::Slice slice(request);
  grpc::ByteBuffer question(&slice, 1);
  grpc::ByteBuffer answer;
  grpc::ClientContext context;
  CallOutcome outcome;
  stub.UnaryCall(
      &context, "/grpc.health.v1.Health/Check", {}, &question, &answer,
      [&outcome](const grpc::Status& status) { outcome.Set(status); });
  const grpc::Status status = outcome.Await();
  if (!status.ok()) return absl::StrCat("error ", status.error_code());
  grpc::Slice bytes;
  answer.DumpToSingleSlice(&bytes);
  // HealthCheckResponse{status}: field 1, its number.
  if (bytes.size() != 2) return "unknown";
  return bytes.begin()[1] == 1 ? "SERVING" : "NOT_SERVING";
}

TEST(GrpcServerTest, HealthTellsTheProcessItsAnswersAndTheOthersApart) {
  v1::MonitorService::Service service;
  auto server = GrpcServer::Start({"127.0.0.1:0"}, &service);
  ASSERT_TRUE(server.ok()) << server.status();
  const int port = (*server)->port();
  // Before anything is known of the store and of Slurm.
  EXPECT_EQ(Check(port, ""), "SERVING");
  EXPECT_EQ(Check(port, "smon.v1.MonitorService"), "NOT_SERVING");
  EXPECT_EQ(Check(port, "slurm"), "error 5");

  v1::Health health;
  health.add_components()->set_name("slurm");
  health.mutable_components(0)->set_status(v1::Health::DEGRADED);
  health.add_components()->set_name("attrsvc");
  health.mutable_components(1)->set_status(v1::Health::OK);
  (*server)->Publish(health, /*live=*/true, /*ready=*/true);
  EXPECT_EQ(Check(port, ""), "SERVING");
  EXPECT_EQ(Check(port, "smon.v1.MonitorService"), "SERVING");
  EXPECT_EQ(Check(port, "slurm"), "NOT_SERVING");
  EXPECT_EQ(Check(port, "attrsvc"), "SERVING");

  // One cluster of several.
  health.mutable_components(0)->set_cluster("tux");
  v1::Health::Component* const gnu = health.add_components();
  gnu->set_name("slurm");
  gnu->set_cluster("gnu");
  gnu->set_status(v1::Health::OK);
  (*server)->Publish(health, /*live=*/true, /*ready=*/true);
  EXPECT_EQ(Check(port, "slurm"), "NOT_SERVING");
  EXPECT_EQ(Check(port, "slurm/tux"), "NOT_SERVING");
  EXPECT_EQ(Check(port, "slurm/gnu"), "SERVING");

  // Roles.
  v1::Health::ClusterRole* const role = health.add_cluster_roles();
  role->set_cluster("tux");
  role->set_role(v1::Replica::POLLER);
  *health.add_cluster_roles() = *role;
  health.mutable_cluster_roles(1)->set_cluster("gnu");
  health.mutable_cluster_roles(1)->set_role(v1::Replica::STANDBY);
  (*server)->Publish(health, /*live=*/true, /*ready=*/true);
  EXPECT_EQ(Check(port, "poller"), "SERVING");
  EXPECT_EQ(Check(port, "poller/tux"), "SERVING");
  EXPECT_EQ(Check(port, "poller/gnu"), "NOT_SERVING");
  health.mutable_cluster_roles(0)->set_role(v1::Replica::STANDBY);
  (*server)->Publish(health, /*live=*/true, /*ready=*/true);
  EXPECT_EQ(Check(port, "poller"), "NOT_SERVING");

  (*server)->Publish(health, /*live=*/false, /*ready=*/false);
  EXPECT_EQ(Check(port, ""), "NOT_SERVING");
  EXPECT_EQ(Check(port, "smon.v1.MonitorService"), "NOT_SERVING");
}

// A stream of grpc.health.v1.Health/Watch.
class HealthWatch
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit HealthWatch(int port)
      : stub_(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                  grpc::InsecureChannelCredentials())),
        request_(&empty_, 1) {
    stub_.PrepareBidiStreamingCall(&context_, "/grpc.health.v1.Health/Watch",
                                   {}, this);
    StartWriteLast(&request_, {});
    StartRead(&answer_);
    StartCall();
  }
  ~HealthWatch() override {
    context_.TryCancel();
    MutexLock lock(&mu_);
    while (!is_over_) changed_.Wait(&mu_);
  }

  // Whether it is answered; otherwise it has ended.
  bool IsAnswered() {
    MutexLock lock(&mu_);
    while (!is_read_) changed_.Wait(&mu_);
    return is_answered_;
  }

  void OnReadDone(bool ok) override {
    MutexLock lock(&mu_);
    is_read_ = true;
    is_answered_ = ok;
    changed_.NotifyAll();
  }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(&mu_);
    is_over_ = true;
    changed_.NotifyAll();
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::Slice empty_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  Mutex mu_;
  CondVar changed_;
  bool is_read_ ABSL_GUARDED_BY(mu_) = false;
  bool is_answered_ ABSL_GUARDED_BY(mu_) = false;
  bool is_over_ ABSL_GUARDED_BY(mu_) = false;
};

TEST(GrpcServerTest, SoManyMayWatchTheHealthAndNoMore) {
  v1::MonitorService::Service service;
  GrpcServer::Options options;
  options.address = "127.0.0.1:0";
  options.max_health_watches = 2;
  auto server = GrpcServer::Start(std::move(options), &service);
  ASSERT_TRUE(server.ok()) << server.status();
  const int port = (*server)->port();
  HealthWatch first(port);
  EXPECT_TRUE(first.IsAnswered());
  {
    HealthWatch second(port);
    EXPECT_TRUE(second.IsAnswered());
    EXPECT_FALSE(HealthWatch(port).IsAnswered());
    EXPECT_EQ(Check(port, ""), "SERVING");
  }
  // Once the server has seen that the second has ended.
  while (!HealthWatch(port).IsAnswered()) continue;
}

TEST(GrpcServerTest, ARequestMayBeSoBigAndNoBigger) {
  v1::MonitorService::Service service;
  auto server = GrpcServer::Start({"127.0.0.1:0"}, &service);
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = v1::MonitorService::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", (*server)->port()),
                          grpc::InsecureChannelCredentials()));
  constexpr size_t kMost = 1 << 20;
  for (const bool too_big : {false, true}) {
    grpc::ClientContext context;
    v1::GetJobRequest request;
    // A tag and three bytes of length go before it.
    request.set_job_id(std::string(kMost - 4 + (too_big ? 1 : 0), '7'));
    v1::Job job;
    EXPECT_EQ(stub->GetJob(&context, request, &job).error_code(),
              too_big ? grpc::StatusCode::RESOURCE_EXHAUSTED
                      : grpc::StatusCode::UNIMPLEMENTED);
  }
}

// The settings that an HTTP/2 server sends first, by their numbers in RFC 9113,
// section 6.5.2.
std::map<int, uint32_t> SettingsOf(int port) {
  std::map<int, uint32_t> settings;
  const auto frame = RawHttp2(port).Read();
  EXPECT_TRUE(frame.has_value());
  if (!frame.has_value()) return settings;
  EXPECT_EQ(frame->type, RawHttp2::kSettings);
  const absl::string_view payload = frame->payload;
  for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
    settings[static_cast<int>(RawHttp2::Number(payload.substr(at, 2)))] =
        RawHttp2::Number(payload.substr(at + 2, 4));
  }
  return settings;
}

TEST(GrpcServerTest, AConnectionHoldsSoManyCallsAtATime) {
  constexpr int kMaxConcurrentStreams = 3;
  v1::MonitorService::Service service;
  auto server = GrpcServer::Start({"127.0.0.1:0"}, &service);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(SettingsOf((*server)->port())[kMaxConcurrentStreams], 256u);
}

}  // namespace
}  // namespace smon
