#include "server/api/pooled_call.h"

#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

// The same moment for a clock that nobody sets: a call does not end because the
// time of day was set meanwhile.
std::chrono::steady_clock::time_point Steady(
    std::chrono::system_clock::time_point deadline) {
  using std::chrono::steady_clock;
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return steady_clock::time_point::max();
  }
  return steady_clock::now() + (deadline - std::chrono::system_clock::now());
}

// Owns itself, and is gone when gRPC is done with the call.
class PooledCall final : public grpc::ServerUnaryReactor,
                         public UnsentAnswers::Call {
 public:
  PooledCall(grpc::CallbackServerContext* context, UnsentAnswers* unsent,
             UnaryWork work)
      : context_(context),
        deadline_(Steady(context->deadline())),
        unsent_(unsent),
        work_(std::move(work)) {
    MutexLock lock(&mu_);
    cancelled_ = false;
  }

  void Start(CallPool* pool) {
    if (pool == nullptr) return Answer();
    if (pool->Add([this] { Answer(); })) return;
    End(ToApiStatus(absl::ResourceExhaustedError(
        "too many calls wait for an answer; try again a little later")));
  }

  // Not asked of the context: it does not know before gRPC has this reactor,
  // and a thread of the pool may be faster.
  void OnCancel() override {
    MutexLock lock(&mu_);
    cancelled_ = true;
  }
  void OnDone() override {
    { MutexLock lock(&mu_); }
    unsent_->Remove(this);
    delete this;
  }

  // UnsentAnswers::Call.
  void Cancel() override { context_->TryCancel(); }

 private:
  void Answer() {
    absl::Status stopped = WhyStopped();
    if (!stopped.ok()) return End(ToApiStatus(stopped));
    grpc::Status status = work_.answer([this] { return !WhyStopped().ok(); });
    // Whoever is stopped does not know why.
    stopped = WhyStopped();
    if (status.error_code() == grpc::StatusCode::CANCELLED &&
        absl::IsDeadlineExceeded(stopped)) {
      status = ToApiStatus(stopped);
    }
    End(status);
  }

  absl::Status WhyStopped() {
    if (std::chrono::steady_clock::now() >= deadline_) {
      return absl::DeadlineExceededError("the deadline of the call has passed");
    }
    MutexLock lock(&mu_);
    if (cancelled_) return absl::CancelledError("the call was cancelled");
    return absl::OkStatus();
  }

  void End(const grpc::Status& status) {
    if (work_.over) work_.over(status);
    if (status.ok()) unsent_->Add(this, work_.size());
    // gRPC never calls back from within Finish.
    MutexLock lock(&mu_);
    Finish(status);
  }

  grpc::CallbackServerContext* const context_;
  const std::chrono::steady_clock::time_point deadline_;
  UnsentAnswers* const unsent_;
  const UnaryWork work_;
  // Taken at the call's beginning and end, too: ThreadSanitizer does not see
  // how gRPC hands it from thread to thread.
  Mutex mu_;
  bool cancelled_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

grpc::ServerUnaryReactor* AnswerOnPool(CallPool* pool, UnsentAnswers* unsent,
                                       grpc::CallbackServerContext* context,
                                       UnaryWork work) {
  auto* const call = new PooledCall(context, unsent, std::move(work));
  call->Start(pool);
  return call;
}

}  // namespace smon
