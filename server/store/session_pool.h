#ifndef SMON_SERVER_STORE_SESSION_POOL_H_
#define SMON_SERVER_STORE_SESSION_POOL_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "soci/soci.h"

namespace smon {

// Database sessions that threads take turns with, in the order in which they
// ask: one that writes again and again holds nobody up for longer than one of
// its transactions. No lock is held while a session works. Thread-safe.
class SessionPool {
 public:
  // Gives its session back when it dies, which must be before the pool does.
  class Lease {
   public:
    ~Lease() { pool_->GiveBack(session_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    soci::session& session() const { return *session_; }

   private:
    friend class SessionPool;
    Lease(SessionPool* pool, soci::session* session)
        : pool_(pool), session_(session) {}

    SessionPool* const pool_;
    soci::session* const session_;
  };

  explicit SessionPool(std::vector<std::unique_ptr<soci::session>> sessions)
      : sessions_(std::move(sessions)) {
    for (const auto& session : sessions_) idle_.push_back(session.get());
  }

  // Waits for an idle session.
  Lease Take() {
    MutexLock lock(&mu_);
    const int64_t turn = next_turn_++;
    while (idle_.empty() || turn != turns_taken_) changed_.Wait(&mu_);
    ++turns_taken_;
    soci::session* const session = idle_.back();
    idle_.pop_back();
    // There may be a session for the next one, too.
    changed_.NotifyAll();
    return Lease(this, session);
  }

  // How many threads wait in Take.
  int64_t waiting() const {
    MutexLock lock(&mu_);
    return next_turn_ - turns_taken_;
  }

 private:
  void GiveBack(soci::session* session) {
    MutexLock lock(&mu_);
    idle_.push_back(session);
    changed_.NotifyAll();
  }

  const std::vector<std::unique_ptr<soci::session>> sessions_;
  mutable Mutex mu_;
  CondVar changed_;
  std::vector<soci::session*> idle_ ABSL_GUARDED_BY(mu_);
  int64_t next_turn_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t turns_taken_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_SESSION_POOL_H_
