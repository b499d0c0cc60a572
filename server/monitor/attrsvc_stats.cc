#include "server/monitor/attrsvc_stats.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace smon {
namespace {

// From one question to the next whether the caller still waits.
constexpr absl::Duration kStopCheck = absl::Milliseconds(100);

absl::Duration Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::StatusOr<std::string> Read(Answer answer) {
  switch (answer.kind) {
    case AnswerKind::kAccepted:
      return std::move(answer.body);
    case AnswerKind::kUnavailable:
    case AnswerKind::kBusy:
    case AnswerKind::kRateLimited:
      return absl::UnavailableError(answer.error);
    default:
      return absl::FailedPreconditionError(answer.error);
  }
}

// One request, and what came of it.
struct Call {
  std::optional<absl::StatusOr<std::string>> result;  // guarded by Shared::mu
};

}  // namespace

struct AttrsvcStats::Shared {
  Mutex mu;
  CondVar answered;
  int waiting ABSL_GUARDED_BY(mu) = 0;
  std::shared_ptr<Call> under_way ABSL_GUARDED_BY(mu);
};

AttrsvcStats::AttrsvcStats(AttrsvcClient* client)
    : client_(client), shared_(std::make_shared<Shared>()) {}

AttrsvcStats::~AttrsvcStats() = default;

absl::StatusOr<std::string> AttrsvcStats::Get(
    absl::Duration patience, const std::function<bool()>& stop) {
  const absl::Duration until = Now() + patience;
  std::shared_ptr<Call> call;
  bool is_first = false;
  {
    MutexLock lock(&shared_->mu);
    if (shared_->waiting >= kMostWaiting) {
      return absl::ResourceExhaustedError(
          "too many wait for attrsvc's statistics; try again in a second");
    }
    ++shared_->waiting;
    is_first = shared_->under_way == nullptr;
    if (is_first) shared_->under_way = std::make_shared<Call>();
    call = shared_->under_way;
  }
  if (is_first) {
    client_->GetStats([shared = shared_, call](Answer answer) {
      MutexLock lock(&shared->mu);
      call->result = Read(std::move(answer));
      shared->under_way = nullptr;
      shared->answered.NotifyAll();
    });
  }
  absl::Status gave_up;
  MutexLock lock(&shared_->mu);
  while (!call->result.has_value() && gave_up.ok()) {
    const absl::Duration left = until - Now();
    if (left <= absl::ZeroDuration()) {
      gave_up = absl::DeadlineExceededError("attrsvc did not answer in time");
    } else if (stop()) {
      gave_up = absl::CancelledError("the caller did not wait");
    } else {
      shared_->answered.WaitFor(&shared_->mu, std::min(left, kStopCheck));
    }
  }
  --shared_->waiting;
  if (!gave_up.ok()) return gave_up;
  return *call->result;
}

}  // namespace smon
