#include "server/api/guarded_service.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/text_signer.h"
#include "server/api/watch_stream.h"
#include "server/store/sql_store.h"
#include "testing/call_outcome.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {
namespace {

class ReadCounter : public StoreObserver {
 public:
  void OnTransaction(Operation operation, absl::Duration, absl::Duration,
                     const absl::Status&) override {
    if (operation == Operation::kRead) ++reads;
  }
  std::atomic<int> reads{0};
};

// Over a server that is reached in process.
class GuardedServiceTest : public ::testing::Test {
 protected:
  explicit GuardedServiceTest(bool tokens_required = false)
      : authorizer_(tokens_required, &clock_) {}
  ~GuardedServiceTest() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  std::unique_ptr<v1::MonitorService::Stub> Serve(
      const CallPool::Options& pool) {
    guarded_ = std::make_unique<GuardedService>(
        &service_, &guard_,
        [](v1::Health* health) { health->add_issues("added"); }, pool);
    server_ =
        grpc::ServerBuilder().RegisterService(guarded_.get()).BuildAndStart();
    return v1::MonitorService::NewStub(server_->InProcessChannel({}));
  }

  void AddJob(int number) {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record = RunningRecord(std::to_string(number), number, clock_.Now());
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }
  // The jobs of a page, and how often the Store was read for it.
  std::pair<int, int> List(v1::MonitorService::Stub* stub, int page_size) {
    const int before = counter_.reads;
    grpc::ClientContext context;
    v1::ListJobsRequest request;
    request.set_page_size(page_size);
    v1::ListJobsResponse list;
    const grpc::Status status = stub->ListJobs(&context, request, &list);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {list.jobs_size(), counter_.reads - before};
  }

  FakeClock clock_;
  FakeSlurmClient slurm_;
  FakeAttrsvcClient attrsvc_;
  ReadCounter counter_;
  const std::unique_ptr<Store> store_ =
      *OpenStore("memory:", &clock_, &counter_);
  Monitor monitor_{
      {{&slurm_, "c"}}, &attrsvc_, store_.get(), &clock_, Monitor::Options()};
  const TextSigner signer_{"key"};
  JobFeed feed_{store_.get(), &clock_, WatchOptions(&signer_)};
  Diagnosis diagnosis_{[] { return Findings{}; }, &clock_};
  MonitorServiceImpl service_{&monitor_, &feed_, &signer_, &diagnosis_};
  Authorizer authorizer_;
  const PeerSeal seal_;
  const CallGuard guard_{&authorizer_, &seal_};
  std::unique_ptr<GuardedService> guarded_;
  std::unique_ptr<grpc::Server> server_;
};

class ClosedServiceTest : public GuardedServiceTest {
 protected:
  ClosedServiceTest() : GuardedServiceTest(/*tokens_required=*/true) {}

  void SetTokens(const std::string& text) {
    authorizer_.SetTokens(
        std::make_shared<TokenTable>(*TokenTable::Parse(text)));
  }
  // Of "hello", by sha256sum.
  static constexpr char kHello[] =
      "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
};

TEST_F(GuardedServiceTest, CallsAreAnsweredFromTheStore) {
  AddJob(7);
  const auto stub = Serve({});
  grpc::ClientContext list_context;
  v1::ListJobsResponse list;
  ASSERT_TRUE(stub->ListJobs(&list_context, {}, &list).ok());
  ASSERT_EQ(list.jobs_size(), 1);
  EXPECT_EQ(list.jobs(0).job_id(), "7");
  grpc::ClientContext job_context;
  v1::GetJobRequest request;
  request.set_job_id("8");
  v1::Job answer;
  EXPECT_EQ(stub->GetJob(&job_context, request, &answer).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(GuardedServiceTest, APageIsReadOnceWhileNothingChanges) {
  AddJob(1);
  const auto stub = Serve({});
  EXPECT_EQ(List(stub.get(), 10), std::make_pair(1, 1));
  EXPECT_EQ(List(stub.get(), 10), std::make_pair(1, 0));
  EXPECT_EQ(List(stub.get(), 11), std::make_pair(1, 1));
  AddJob(2);
  EXPECT_EQ(List(stub.get(), 10), std::make_pair(2, 1));
  EXPECT_EQ(List(stub.get(), 10), std::make_pair(2, 0));
}

TEST_F(GuardedServiceTest, WhatIsNoRequestIsRefused) {
  Serve({});
  grpc::GenericStub stub(server_->InProcessChannel({}));
  const grpc::Slice slice("\x07");
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  CallOutcome outcome;
  stub.UnaryCall(&context, "/smon.v1.MonitorService/ListJobs", {}, &request,
                 &response, [&](grpc::Status status) { outcome.Set(status); });
  EXPECT_EQ(outcome.Await().error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(GuardedServiceTest, HealthIsToldWhileThePoolIsFull) {
  const auto stub = Serve({/*threads=*/1, /*most_waiting=*/0});
  grpc::ClientContext stats_context;
  v1::Stats stats;
  EXPECT_EQ(stub->GetStats(&stats_context, {}, &stats).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext health_context;
  v1::Health health;
  ASSERT_TRUE(stub->GetHealth(&health_context, {}, &health).ok());
  EXPECT_EQ(health.issues(0), "added");
}

TEST_F(GuardedServiceTest, ACallThatItsClientGaveUpLeavesItsThread) {
  attrsvc_.stats_hang = true;
  const auto stub = Serve({/*threads=*/1, /*most_waiting=*/1});
  {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(100));
    google::api::HttpBody body;
    EXPECT_EQ(stub->GetAttrsvcStats(&context, {}, &body).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  // By itself it would wait for attrsvc for 15 seconds.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  v1::Stats stats;
  const grpc::Status status = stub->GetStats(&context, {}, &stats);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(ClosedServiceTest, WhoMayNotCallIsToldSoWithoutThePool) {
  const auto stub = Serve({/*threads=*/1, /*most_waiting=*/0});
  grpc::ClientContext health_context;
  v1::Health health;
  EXPECT_EQ(stub->GetHealth(&health_context, {}, &health).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext resubmit_context;
  v1::ResubmitJobResponse response;
  EXPECT_EQ(stub->ResubmitJob(&resubmit_context, {}, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(ClosedServiceTest, AWatchEndsWhenItsTokenIsWithdrawn) {
  SetTokens(absl::StrCat("ann:read:", kHello));
  const auto stub = Serve({});
  feed_.Start();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer hello");
  const auto stream = stub->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  SetTokens("");
  clock_.Advance(absl::Seconds(1));  // the feed's tick
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("withdrawn"));
  feed_.Stop();
}

}  // namespace
}  // namespace smon
