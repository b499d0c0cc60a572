#ifndef SMON_SERVER_STORE_POSTGRES_DATABASE_H_
#define SMON_SERVER_STORE_POSTGRES_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/store/database.h"
#include "server/store/session_pool.h"
#include "soci/soci.h"

namespace smon {

// A Database on a PostgreSQL server, which several processes may share. Each
// transaction that writes holds the store's lock. A session whose connection
// breaks connects again when it is next used, at most every few seconds while
// that fails, and meanwhile says at once what is wrong (UNAVAILABLE).
// Thread-safe.
class PostgresDatabase final : public Database {
 public:
  // Errors as in sql_store.h, with the name of the database and the mend.
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const std::string& url, const std::string& password_file);

  absl::Status Agree(const Body& body) override;
  void WriteAs(int64_t replica) override { replica_ = replica; }

  // What the server keeps is taken to be whole; it checks what it reads.
  absl::Status CheckIntegrity(const std::function<bool()>& stop) override;
  absl::StatusOr<StoreSize> Size() const override;

 private:
  enum class Use { kWrite, kRead, kAgree };
  // How a transaction that was tried has ended.
  struct Attempt {
    absl::Status status;
    bool again = false;        // nothing has stayed, and it may go better now
    std::string unknown = "";  // it may have been committed; its number
  };

  // While connecting fails: what it said, when it may be tried again, by the
  // monotonic clock, and how long it then waits.
  struct Reconnection {
    absl::Status error;
    absl::Duration next;
    absl::Duration wait;
  };

  PostgresDatabase(const std::string& url, const std::string& password_file);

  SessionPool* writer() override { return &writer_; }
  SessionPool* readers() override { return &readers_; }
  absl::Status TransactToWrite(soci::session& session,
                               const Body& body) override;
  absl::Status TransactToRead(soci::session& session, const Body& body,
                              const std::function<bool()>& stop) override;

  absl::Status Prepare();
  // Begins a transaction. ABORTED when the replica that writes is taken for
  // dead.
  absl::Status Begin(soci::session& session, Use use);
  absl::Status Transact(soci::session& session, Use use, const Body& body,
                        const std::function<bool()>& stop);
  Attempt TryTransact(soci::session& session, Use use, const Body& body,
                      const std::function<bool()>& stop);
  // Opens the session unless it is open, but not too often.
  absl::Status Connect(soci::session& session, Use use);
  absl::Status ConnectNow(soci::session& session);
  // Whether the transaction with the number was committed.
  absl::StatusOr<bool> LookUp(soci::session& session,
                              const std::string& transaction);
  Reconnection* ReconnectionOf(Use use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string url_;
  const std::string name_;
  const std::string password_file_;
  SessionPool writer_;
  SessionPool readers_;
  SessionPool agreeing_;
  std::atomic<int64_t> replica_{0};

  Mutex mu_;
  Reconnection to_write_ ABSL_GUARDED_BY(mu_);
  Reconnection to_read_ ABSL_GUARDED_BY(mu_);
  Reconnection to_agree_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_POSTGRES_DATABASE_H_
