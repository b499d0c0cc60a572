#include "server/api/watch_stream.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/status_details.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"

namespace smon {
namespace {

class Service final : public v1::MonitorService::WithCallbackMethod_WatchJobs<
                          v1::MonitorService::Service> {
 public:
  Service(JobFeed* feed, const TextSigner* signer)
      : feed_(feed), signer_(signer) {}
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context,
      const v1::WatchJobsRequest* request) override {
    return NewWatchStream(feed_, signer_, context, *request);
  }

 private:
  JobFeed* const feed_;
  const TextSigner* const signer_;
};

// Of an error of ours.
std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  for (const google::protobuf::Any& detail : details.details()) {
    if (detail.UnpackTo(&info)) break;
  }
  EXPECT_EQ(info.domain(), kErrorDomain);
  return info.reason();
}

// One that reads all that comes, in no thread of its own.
class Watcher final : public grpc::ClientReadReactor<v1::WatchJobsResponse> {
 public:
  explicit Watcher(v1::MonitorService::Stub* stub) {
    { MutexLock lock(&mu_); }  // for ThreadSanitizer, which cannot see gRPC's
    stub->async()->WatchJobs(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      MutexLock lock(&mu_);
      last_ = response_.job().job_id();
      last_at_ = absl::Now();
      begun_ = true;
      changed_.NotifyAll();
    }
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(&mu_);
    done_ = true;
    changed_.NotifyAll();
  }
  void WaitForBegin() {
    MutexLock lock(&mu_);
    while (!begun_) changed_.Wait(&mu_);
  }
  // Returns when it came.
  absl::Time WaitFor(const std::string& job_id) {
    MutexLock lock(&mu_);
    while (last_ != job_id) changed_.Wait(&mu_);
    return last_at_;
  }
  void Stop() {
    context_.TryCancel();
    MutexLock lock(&mu_);
    while (!done_) changed_.Wait(&mu_);
  }

 private:
  grpc::ClientContext context_;
  const v1::WatchJobsRequest request_;
  v1::WatchJobsResponse response_;
  Mutex mu_;
  CondVar changed_;
  std::string last_ ABSL_GUARDED_BY(mu_);
  absl::Time last_at_ ABSL_GUARDED_BY(mu_);
  bool begun_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

class WatchStreamTest : public ::testing::Test {
 protected:
  WatchStreamTest() : store_(*OpenStore("memory:", &clock_)) {
    JobFeed::Options options = WatchOptions(&signer_);
    options.tick = absl::Milliseconds(2);
    options.most_watches = 1003;
    feed_ = std::make_unique<JobFeed>(store_.get(), &clock_, options);
    service_ = std::make_unique<Service>(feed_.get(), &signer_);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
    stub_ = NewStub(0);
    feed_->Start();
  }
  ~WatchStreamTest() override {
    feed_->Stop();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  // On a connection of its own.
  std::unique_ptr<v1::MonitorService::Stub> NewStub(int number) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("smon.connection", number);
    // Otherwise gRPC takes megabytes for one that does not read them.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return v1::MonitorService::NewStub(grpc::CreateCustomChannel(
        address_, grpc::InsecureChannelCredentials(), arguments));
  }

  void Put(const std::string& job_id, const std::string& work_dir = "/") {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record = RunningRecord(job_id, 1, clock_.Now());
    job.record.work_dir = work_dir;
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }
  // More than a connection takes that nobody reads from.
  void PutTooMuch() {
    for (int i = 0; i < 300; ++i) {
      Put(absl::StrCat("big", i), std::string(4000, 'x'));
    }
  }
  // Waits until it is true; fails after a minute.
  template <typename Condition>
  void WaitUntil(const Condition& condition, const char* what) {
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline) << "not so: " << what;
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  void WaitForWatches(int64_t count) {
    WaitUntil([&] { return feed_->counts().watches == count; },
              "all watches have come, or gone");
  }
  // Lets time pass until it is true.
  template <typename Condition>
  void AdvanceUntil(const Condition& condition, const char* what) {
    WaitUntil(
        [&] {
          clock_.Advance(JobWatch::Options().patience / 10);
          return condition();
        },
        what);
  }

  FakeClock clock_;
  const TextSigner signer_{std::string(32, 'k')};
  const std::unique_ptr<Store> store_;
  std::unique_ptr<JobFeed> feed_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<v1::MonitorService::Stub> stub_;
};

TEST_F(WatchStreamTest, AStreamBeginsWithACursorAndTellsChanges) {
  grpc::ClientContext context;
  const auto stream = stub_->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_FALSE(response.has_job());
  EXPECT_FALSE(response.cursor().empty());
  Put("1");
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.job().job_id(), "1");

  grpc::ClientContext again;
  v1::WatchJobsRequest request;
  request.set_cursor(response.cursor());
  Put("2");
  const auto resumed = stub_->WatchJobs(&again, request);
  ASSERT_TRUE(resumed->Read(&response));
  ASSERT_TRUE(resumed->Read(&response));
  EXPECT_EQ(response.job().job_id(), "2");
  context.TryCancel();
  again.TryCancel();
  WaitForWatches(0);
}

TEST_F(WatchStreamTest, ABadRequestIsRefusedAndLeavesNothing) {
  for (const bool bad_name : {true, false}) {
    grpc::ClientContext context;
    v1::WatchJobsRequest request;
    if (bad_name) {
      request.set_name("(");
    } else {
      request.set_cursor("nonsense");
    }
    const auto stream = stub_->WatchJobs(&context, request);
    v1::WatchJobsResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(),
                ::testing::StartsWith(bad_name ? "name" : "cursor"));
  }
  EXPECT_EQ(feed_->counts().watches, 0);
}

TEST_F(WatchStreamTest, AStopSaysSoAtOnce) {
  grpc::ClientContext context;
  const auto stream = stub_->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  feed_->Stop();
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(status), "SERVER_STOPPING");
}

TEST_F(WatchStreamTest, ADeadlineEndsAStream) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(50));
  const auto stream = stub_->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  while (stream->Read(&response)) continue;
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  WaitForWatches(0);
}

TEST_F(WatchStreamTest, ASlowReaderReadsWhatWasSentAndThatItWasTooSlow) {
  grpc::ClientContext context;
  const auto stream = stub_->WatchJobs(&context, {});
  v1::WatchJobsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  PutTooMuch();
  AdvanceUntil([&] { return feed_->counts().slow_readers > 0; },
               "it was told that it is too slow");
  int told = 0;
  while (stream->Read(&response)) told += response.has_job() ? 1 : 0;
  EXPECT_GT(told, 0);
  EXPECT_LT(told, 300);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(status), "SLOW_READER");
  // From its last cursor it gets the rest.
  grpc::ClientContext again;
  v1::WatchJobsRequest request;
  request.set_cursor(response.cursor());
  const auto resumed = stub_->WatchJobs(&again, request);
  do {
    ASSERT_TRUE(resumed->Read(&response));
  } while (response.job().job_id() != "big299");
}

TEST_F(WatchStreamTest, AReaderThatReadsNothingIsCutOffForGood) {
  grpc::ClientContext context;
  const auto stream = stub_->WatchJobs(&context, {});
  WaitForWatches(1);
  PutTooMuch();
  AdvanceUntil([&] { return feed_->counts().watches == 0; }, "it is cut off");
  EXPECT_EQ(feed_->counts().slow_readers, 1);
}

TEST_F(WatchStreamTest, AThousandWatchAndNobodyWaitsForThoseThatDoNotRead) {
  constexpr int kWatchers = 1000;
  constexpr int kConnections = 10;
  std::vector<std::unique_ptr<v1::MonitorService::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) stubs.push_back(NewStub(1 + i));
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back(
        std::make_unique<Watcher>(stubs[i % kConnections].get()));
  }
  for (const auto& watcher : watchers) watcher->WaitForBegin();

  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchJobsResponse>>> idle;
  for (int i = 0; i < 3; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    idle.push_back(stub_->WatchJobs(contexts.back().get(), {}));
  }
  WaitForWatches(kWatchers + 3);
  {
    grpc::ClientContext context;
    const auto stream = stub_->WatchJobs(&context, {});
    v1::WatchJobsResponse response;
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(ReasonIn(stream->Finish()), "TOO_MANY_STREAMS");
  }

  absl::Duration longest;
  for (int i = 0; i < 20; ++i) {
    const std::string job_id = absl::StrCat(i);
    const absl::Time begin = absl::Now();
    Put(job_id);
    for (const auto& watcher : watchers) {
      longest = std::max(longest, watcher->WaitFor(job_id) - begin);
    }
  }
  std::printf("a change reached all of %d watchers within %s\n", kWatchers,
              absl::FormatDuration(longest).c_str());
  EXPECT_EQ(feed_->counts().changes_read, 20);
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& watcher : watchers) watcher->Stop();
  WaitForWatches(0);
}

}  // namespace
}  // namespace smon
