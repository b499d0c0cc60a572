#ifndef SMON_SERVER_STORE_DATABASE_H_
#define SMON_SERVER_STORE_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "server/monitor/store.h"
#include "server/store/session_pool.h"
#include "server/store/store_observer.h"
#include "soci/soci.h"

namespace smon {

// An open database with our schema in it: one session that writes, and some
// that read meanwhile. Thread-safe.
class Database {
 public:
  // What a transaction does. It may throw what SOCI throws; its statements must
  // not outlive it. It may be run again, when nothing of it has stayed.
  using Body = std::function<absl::Status(soci::session&)>;

  Database() = default;
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // To be told of each transaction from now on; null for nobody. It must
  // outlive the database. Before any other call.
  void SetObserver(StoreObserver* observer) { observer_ = observer; }

  // Runs `body` in a transaction, and commits it if the body returns OK.
  // Otherwise, and when something throws, nothing has changed.
  absl::Status Write(const Body& body);
  // The same for a body that only reads; it sees one state of the database.
  // `stop` is asked many times a second meanwhile, unless it is empty; once it
  // returns true, the result is CANCELLED.
  absl::Status Read(const Body& body,
                    const std::function<bool()>& stop = nullptr);

  // How many calls of Write there were, whatever became of them. One that has
  // returned is counted.
  uint64_t writes() const { return writes_; }

  // A short transaction that writes, on a session of its own, without waiting
  // for others that write: for what replicas agree on. UNIMPLEMENTED where the
  // database is not shared.
  virtual absl::Status Agree(const Body& body);
  // From now on whoever writes does so as the replica with this number: ABORTED
  // when it has been taken for dead. 0: as none.
  virtual void WriteAs(int64_t) {}

  // See Store::CheckIntegrity and Store::Damage.
  virtual absl::Status CheckIntegrity(const std::function<bool()>& stop) = 0;
  absl::Status damage() const;
  // See Store::Size.
  virtual absl::StatusOr<StoreSize> Size() const = 0;

 protected:
  // Before each transaction that writes.
  virtual absl::Status CheckBeforeWrite() { return absl::OkStatus(); }
  virtual SessionPool* writer() = 0;
  virtual SessionPool* readers() = 0;
  // One whole transaction.
  virtual absl::Status TransactToWrite(soci::session& session,
                                       const Body& body) = 0;
  virtual absl::Status TransactToRead(soci::session& session, const Body& body,
                                      const std::function<bool()>& stop) = 0;

  // Remembers the first DATA_LOSS. Returns `status`.
  absl::Status Note(absl::Status status);

 private:
  absl::Status TransactOn(
      SessionPool* pool, StoreObserver::Operation operation,
      const std::function<absl::Status(soci::session&)>& transact);

  StoreObserver* observer_ = nullptr;
  std::atomic<uint64_t> writes_{0};

  mutable Mutex mu_;
  absl::Status damage_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_DATABASE_H_
