#include "server/api/pooled_call.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "testing/call_outcome.h"

namespace smon {
namespace {

using std::chrono::system_clock;
using ::testing::ElementsAre;
using Stop = std::function<bool()>;

constexpr size_t kMostUnsent = 1 << 20;
constexpr CallPool::Options kOneAtATime = {/*threads=*/1, /*most_waiting=*/1};

// Something that happens once, that others wait for.
class Event {
 public:
  void Set() {
    MutexLock lock(&mu_);
    set_ = true;
    changed_.NotifyAll();
  }
  void Await() {
    MutexLock lock(&mu_);
    while (!set_) changed_.Wait(&mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool set_ ABSL_GUARDED_BY(mu_) = false;
};

// Answers GetJob on a pool with what the test gives for the job's id.
class Service final : public v1::MonitorService::CallbackService {
 public:
  Service(CallPool* pool, UnsentAnswers* unsent)
      : pool_(pool), unsent_(unsent) {}

  // Of all answers from now on.
  void set_name(const std::string& name) {
    MutexLock lock(&mu_);
    name_ = name;
  }
  // For the next call.
  void Set(std::function<grpc::Status(const Stop&)> answer) {
    MutexLock lock(&mu_);
    answer_ = std::move(answer);
  }
  // Until so many calls have been handed to the pool, or refused by it. The
  // deadline of the last one.
  system_clock::time_point AwaitCalls(int count) {
    MutexLock lock(&mu_);
    while (calls_ < count) changed_.Wait(&mu_);
    return deadline_;
  }
  // The codes of the calls that are over, once there are so many.
  std::vector<int> AwaitCodes(size_t count) {
    MutexLock lock(&mu_);
    while (codes_.size() < count) changed_.Wait(&mu_);
    return codes_;
  }

  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest*,
                                   v1::Job* response) override {
    UnaryWork work;
    {
      MutexLock lock(&mu_);
      work.answer = [answer = answer_, name = name_,
                     response](const Stop& stop) {
        response->set_job_id("7");
        response->set_name(name);
        return answer(stop);
      };
      work.size = [response] { return response->ByteSizeLong(); };
    }
    work.over = [this](const grpc::Status& status) {
      MutexLock lock(&mu_);
      codes_.push_back(status.error_code());
      changed_.NotifyAll();
    };
    auto* const reactor =
        AnswerOnPool(pool_, unsent_, context, std::move(work));
    MutexLock lock(&mu_);
    deadline_ = context->deadline();
    ++calls_;
    changed_.NotifyAll();
    return reactor;
  }

 private:
  CallPool* const pool_;
  UnsentAnswers* const unsent_;
  Mutex mu_;
  CondVar changed_;
  std::function<grpc::Status(const Stop&)> answer_ ABSL_GUARDED_BY(mu_);
  std::string name_ ABSL_GUARDED_BY(mu_);
  int calls_ ABSL_GUARDED_BY(mu_) = 0;
  system_clock::time_point deadline_ ABSL_GUARDED_BY(mu_);
  std::vector<int> codes_ ABSL_GUARDED_BY(mu_);
};

// A call of a client.
struct Call {
  void Start(v1::MonitorService::Stub* stub) {
    stub->async()->GetJob(
        &context, &request, &response,
        [this](const grpc::Status& status) { outcome.Set(status); });
  }

  grpc::ClientContext context;
  v1::GetJobRequest request;
  v1::Job response;
  CallOutcome outcome;
};

// A call whose client takes the answer late.
class StuckCall final
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit StuckCall(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(channel) {
    stub_.PrepareBidiStreamingCall(&context_, "/smon.v1.MonitorService/GetJob",
                                   {}, this);
    StartWriteLast(&request_, {});
    StartCall();
  }
  void Take() { StartRead(&answer_); }
  void OnDone(const grpc::Status& status) override { outcome.Set(status); }

  CallOutcome outcome;

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  const grpc::Slice nothing_;
  const grpc::ByteBuffer request_{&nothing_, 1};
  grpc::ByteBuffer answer_;
};

class PooledCallTest : public ::testing::Test {
 protected:
  PooledCallTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
    stub_ = v1::MonitorService::NewStub(NewChannel(0));
  }
  ~PooledCallTest() override { server_->Shutdown(system_clock::now()); }

  // On a connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel(int number) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("smon.connection", number);
    // Otherwise gRPC takes megabytes for one that does not read them.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return grpc::CreateCustomChannel(
        address_, grpc::InsecureChannelCredentials(), arguments);
  }

  // A call that holds the only thread until `release_`.
  void Block() {
    service_.Set([this](const Stop&) {
      begun_.Set();
      release_.Await();
      return grpc::Status::OK;
    });
    blocker_.Start(stub_.get());
    begun_.Await();
    service_.AwaitCalls(1);
  }

  // What is stopped returns.
  static grpc::Status RunUntilStopped(const Stop& stop) {
    while (!stop()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  }

  Event begun_;
  Event release_;
  Call blocker_;
  CallPool pool_{kOneAtATime};
  UnsentAnswers unsent_{kMostUnsent};
  Service service_{&pool_, &unsent_};
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<v1::MonitorService::Stub> stub_;
};

TEST_F(PooledCallTest, ACallIsAnsweredByThePool) {
  service_.Set([](const Stop& stop) {
    EXPECT_FALSE(stop());
    return grpc::Status::OK;
  });
  Call call;
  call.Start(stub_.get());
  EXPECT_TRUE(call.outcome.Await().ok());
  EXPECT_EQ(call.response.job_id(), "7");
}

TEST_F(PooledCallTest, ACallIsRefusedAtOnceWhileTooManyWait) {
  Block();
  Call waiting;
  waiting.Start(stub_.get());
  service_.AwaitCalls(2);
  Call refused;
  refused.Start(stub_.get());
  EXPECT_EQ(refused.outcome.Await().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  release_.Set();
  EXPECT_TRUE(blocker_.outcome.Await().ok());
  EXPECT_TRUE(waiting.outcome.Await().ok());
  EXPECT_THAT(service_.AwaitCodes(3),
              ElementsAre(grpc::StatusCode::RESOURCE_EXHAUSTED, 0, 0));
}

TEST_F(PooledCallTest, ACallWhoseDeadlinePassesWhileItWaitsIsNotBegun) {
  Block();
  service_.Set([](const Stop&) {
    ADD_FAILURE() << "it was begun";
    return grpc::Status::OK;
  });
  Call late;
  late.context.set_deadline(system_clock::now() + std::chrono::seconds(1));
  late.Start(stub_.get());
  const auto deadline = service_.AwaitCalls(2);
  EXPECT_EQ(late.outcome.Await().error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server's is later by the way of the request.
  while (system_clock::now() < deadline) std::this_thread::yield();
  release_.Set();
  EXPECT_TRUE(blocker_.outcome.Await().ok());
  EXPECT_THAT(service_.AwaitCodes(2),
              ElementsAre(0, grpc::StatusCode::DEADLINE_EXCEEDED));
}

TEST_F(PooledCallTest, ACallIsToldThatItsClientHasGone) {
  service_.Set(&RunUntilStopped);
  Call call;
  call.Start(stub_.get());
  service_.AwaitCalls(1);
  call.context.TryCancel();
  EXPECT_THAT(service_.AwaitCodes(1), ElementsAre(grpc::StatusCode::CANCELLED));
  EXPECT_EQ(call.outcome.Await().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(PooledCallTest, ACallIsToldThatItsDeadlineHasPassed) {
  // The client may give up a little earlier, which looks as if it had gone.
  service_.Set([this](const Stop& stop) {
    const auto deadline = service_.AwaitCalls(1);
    while (system_clock::now() < deadline) std::this_thread::yield();
    return RunUntilStopped(stop);
  });
  Call call;
  call.context.set_deadline(system_clock::now() + std::chrono::seconds(1));
  call.Start(stub_.get());
  EXPECT_THAT(service_.AwaitCodes(1),
              ElementsAre(grpc::StatusCode::DEADLINE_EXCEEDED));
  EXPECT_EQ(call.outcome.Await().error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(PooledCallTest, AnAnswerThatIsNotTakenMakesRoomForOthers) {
  service_.Set([](const Stop&) { return grpc::Status::OK; });
  // More than a connection takes by itself, and most of what all may hold.
  service_.set_name(std::string(kMostUnsent / 2 + 1, 'x'));
  StuckCall stuck(NewChannel(1));
  service_.AwaitCodes(1);
  Call call;
  call.Start(stub_.get());
  EXPECT_TRUE(call.outcome.Await().ok());
  EXPECT_EQ(call.response.name().size(), kMostUnsent / 2 + 1);
  stuck.Take();
  EXPECT_EQ(stuck.outcome.Await().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(PooledCallTest, CallsEndWhenTheServerStops) {
  service_.Set([this](const Stop& stop) {
    begun_.Set();
    return RunUntilStopped(stop);
  });
  Call running;
  running.Start(stub_.get());
  begun_.Await();
  Call waiting;
  waiting.Start(stub_.get());
  service_.AwaitCalls(2);
  server_->Shutdown(system_clock::now());
  EXPECT_FALSE(running.outcome.Await().ok());
  EXPECT_FALSE(waiting.outcome.Await().ok());
  EXPECT_THAT(service_.AwaitCodes(2), ElementsAre(grpc::StatusCode::CANCELLED,
                                                  grpc::StatusCode::CANCELLED));
}

}  // namespace
}  // namespace smon
