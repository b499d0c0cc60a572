#ifndef SMON_SERVER_STORE_SQLITE_DATABASE_H_
#define SMON_SERVER_STORE_SQLITE_DATABASE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/database.h"
#include "server/store/file_lock.h"
#include "server/store/session_pool.h"

namespace smon {

// A Database in one SQLite file, or in memory. Thread-safe.
class SqliteDatabase final : public Database {
 public:
  // Opens the file at the absolute path, and makes it (mode 0600) and its
  // directory (0700, the last one only) where they are missing. Errors as in
  // store.h, with the path and the mend.
  static absl::StatusOr<std::unique_ptr<Database>> OpenFile(
      const std::string& path);
  // In memory, gone with the object.
  static absl::StatusOr<std::unique_ptr<Database>> OpenMemory();

  // A database in memory is taken to be whole.
  absl::Status CheckIntegrity(const std::function<bool()>& stop) override;
  absl::StatusOr<StoreSize> Size() const override;

 private:
  SqliteDatabase(std::string name, std::unique_ptr<FileLock> lock,
                 std::unique_ptr<SessionPool> writer,
                 std::unique_ptr<SessionPool> readers);

  absl::Status CheckBeforeWrite() override;
  SessionPool* writer() override { return writer_.get(); }
  SessionPool* readers() override {
    return readers_ != nullptr ? readers_.get() : writer_.get();
  }
  absl::Status TransactToWrite(soci::session& session,
                               const Body& body) override;
  absl::Status TransactToRead(soci::session& session, const Body& body,
                              const std::function<bool()>& stop) override;

  const std::string name_;  // its path, or "memory:"
  // Last to go. Null in memory.
  const std::unique_ptr<FileLock> lock_;
  const std::unique_ptr<SessionPool> writer_;
  // Null in memory, where the writer reads too.
  const std::unique_ptr<SessionPool> readers_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_SQLITE_DATABASE_H_
