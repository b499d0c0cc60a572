#ifndef SMON_SERVER_STORE_DATABASE_H_
#define SMON_SERVER_STORE_DATABASE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/store/file_lock.h"
#include "server/store/session_pool.h"
#include "server/store/store_observer.h"
#include "server/store/store_size.h"
#include "soci/soci.h"

namespace smon {

// An open database with our schema in it: one session that writes, and some
// that read meanwhile. Thread-safe.
class Database {
 public:
  // What a transaction does. It may throw what SOCI throws; its statements must
  // not outlive it.
  using Body = std::function<absl::Status(soci::session&)>;

  // Opens the file at the absolute path, and makes it (mode 0600) and its
  // directory (0700, the last one only) where they are missing. Errors as in
  // store.h, with the path and the mend.
  static absl::StatusOr<std::unique_ptr<Database>> OpenFile(
      const std::string& path);
  // In memory, gone with the object.
  static absl::StatusOr<std::unique_ptr<Database>> OpenMemory();

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

  // See Store::CheckIntegrity and Store::Damage. A database in memory is taken
  // to be whole.
  absl::Status CheckIntegrity(const std::function<bool()>& stop);
  absl::Status damage() const;
  // See Store::Size.
  absl::StatusOr<StoreSize> Size() const;

 private:
  Database(std::string name, std::unique_ptr<FileLock> lock,
           std::unique_ptr<SessionPool> writer,
           std::unique_ptr<SessionPool> readers);

  // Remembers the first DATA_LOSS. Returns `status`.
  absl::Status Note(absl::Status status);

  absl::Status TransactOn(SessionPool* pool, StoreObserver::Operation operation,
                          void (*begin)(soci::session&), const Body& body);

  const std::string name_;  // its path, or "memory:"
  // Last to go.
  const std::unique_ptr<FileLock> lock_;
  const std::unique_ptr<SessionPool> writer_;
  // Null in memory, where the writer reads too.
  const std::unique_ptr<SessionPool> readers_;
  StoreObserver* observer_ = nullptr;

  mutable Mutex mu_;
  absl::Status damage_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_DATABASE_H_
