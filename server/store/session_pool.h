#ifndef SMON_SERVER_STORE_SESSION_POOL_H_
#define SMON_SERVER_STORE_SESSION_POOL_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "soci/soci.h"

namespace smon {

// Database sessions that threads take turns with. No lock is held while a
// session works. Thread-safe.
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
    while (idle_.empty()) given_back_.Wait(&mu_);
    soci::session* const session = idle_.back();
    idle_.pop_back();
    return Lease(this, session);
  }

 private:
  void GiveBack(soci::session* session) {
    MutexLock lock(&mu_);
    idle_.push_back(session);
    given_back_.NotifyAll();
  }

  const std::vector<std::unique_ptr<soci::session>> sessions_;
  Mutex mu_;
  CondVar given_back_;
  std::vector<soci::session*> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_SESSION_POOL_H_
