#include "server/store/database.h"

#include <chrono>

#include "absl/time/time.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace smon {
namespace {

absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

absl::Status Database::TransactOn(
    SessionPool* pool, StoreObserver::Operation operation,
    const std::function<absl::Status(soci::session&)>& transact) {
  const absl::Duration asked = Monotonic();
  const SessionPool::Lease lease = pool->Take();
  const absl::Duration begun = Monotonic();
  const absl::Status status = Note(transact(lease.session()));
  if (observer_ != nullptr) {
    observer_->OnTransaction(operation, begun - asked, Monotonic() - begun,
                             status);
  }
  return status;
}

absl::Status Database::Write(const Body& body) {
  SMON_RETURN_IF_ERROR(CheckBeforeWrite());
  const Body body_to_commit = [&body](soci::session& session) {
    const absl::Status status = body(session);
    if (status.ok()) SMON_FAILPOINT("store.before_commit");
    return status;
  };
  const absl::Status status = TransactOn(
      writer(), StoreObserver::Operation::kWrite, [&](soci::session& session) {
        return TransactToWrite(session, body_to_commit);
      });
  // Also after an error: what was committed may not be known.
  ++writes_;
  SMON_RETURN_IF_ERROR(status);
  SMON_FAILPOINT("store.after_commit");
  return absl::OkStatus();
}

absl::Status Database::Read(const Body& body,
                            const std::function<bool()>& stop) {
  return TransactOn(readers(), StoreObserver::Operation::kRead,
                    [&](soci::session& session) {
                      // It may have waited for its session.
                      if (stop && stop())
                        return absl::CancelledError("nobody waits for it");
                      return TransactToRead(session, body, stop);
                    });
}

absl::Status Database::Agree(const Body&) {
  return absl::UnimplementedError("the store is not shared");
}

absl::Status Database::damage() const {
  MutexLock lock(&mu_);
  return damage_;
}

absl::Status Database::Note(absl::Status status) {
  if (!absl::IsDataLoss(status)) return status;
  {
    MutexLock lock(&mu_);
    if (!damage_.ok()) return status;
    damage_ = status;
  }
  LogError("the store is damaged", {{"error", status.message()}});
  return status;
}

}  // namespace smon
