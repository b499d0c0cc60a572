#ifndef SMON_SERVER_STORE_SESSION_POOL_H_
#define SMON_SERVER_STORE_SESSION_POOL_H_

#include <cstdint>
#include <deque>
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

  // Waits for an idle session, behind those who wait already.
  Lease Take() {
    MutexLock lock(&mu_);
    if (!idle_.empty()) {
      soci::session* const session = idle_.back();
      idle_.pop_back();
      return Lease(this, session);
    }
    Waiter self;
    waiting_.push_back(&self);
    while (self.session == nullptr) self.served.Wait(&mu_);
    return Lease(this, self.session);
  }

  // How many threads wait in Take.
  int64_t waiting() const {
    MutexLock lock(&mu_);
    return static_cast<int64_t>(waiting_.size());
  }

 private:
  // A thread in Take. Each has its own signal: to wake all for one session
  // costs more than many a read does.
  struct Waiter {
    soci::session* session = nullptr;
    CondVar served;
  };

  void GiveBack(soci::session* session) {
    MutexLock lock(&mu_);
    if (waiting_.empty()) {
      idle_.push_back(session);
      return;
    }
    Waiter* const first = waiting_.front();
    waiting_.pop_front();
    first->session = session;
    first->served.NotifyOne();
  }

  const std::vector<std::unique_ptr<soci::session>> sessions_;
  mutable Mutex mu_;
  // Empty while somebody waits.
  std::vector<soci::session*> idle_ ABSL_GUARDED_BY(mu_);
  std::deque<Waiter*> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_SESSION_POOL_H_
