#ifndef SMON_SERVER_STORE_STORE_END_H_
#define SMON_SERVER_STORE_STORE_END_H_

#include <exception>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/file_lock.h"
#include "soci/soci.h"

namespace smon {

// One end of a move from store to store (see move_store.h): one session, in one
// transaction that begins when the end is opened, and the lock that keeps
// smonsvc away. What was not committed has not happened. Not thread-safe.
class StoreEnd {
 public:
  // To read from: one state of the store, in which nothing is changed.
  // FAILED_PRECONDITION when there is no store, a smonsvc uses it, its schema
  // is newer than this version, or another user owns the file; otherwise as
  // OpenStore.
  static absl::StatusOr<std::unique_ptr<StoreEnd>> OpenToRead(
      const std::string& url, const std::string& password_file);
  // To write to; an SQLite file is made where there is none. Errors as above,
  // but for the store that is not there.
  static absl::StatusOr<std::unique_ptr<StoreEnd>> OpenToWrite(
      const std::string& url, const std::string& password_file);

  ~StoreEnd();
  StoreEnd(const StoreEnd&) = delete;
  StoreEnd& operator=(const StoreEnd&) = delete;

  soci::session& session() { return *session_; }
  // Commits the transaction. Throws what SOCI throws.
  void Commit() { session_->commit(); }
  // The Status of what the session threw.
  absl::Status StatusOf(const std::exception& error) const;
  // Without a url's options: "/var/lib/smonsvc/smon.db".
  const std::string& name() const { return name_; }

 private:
  enum class Use { kRead, kWrite };

  explicit StoreEnd(std::string name);

  static absl::StatusOr<std::unique_ptr<StoreEnd>> Open(
      const std::string& url, const std::string& password_file, Use use);
  absl::Status OpenSqliteFile(Use use);
  absl::Status OpenOnPostgres(const std::string& url,
                              const std::string& password_file, Use use);

  const std::string name_;
  std::unique_ptr<FileLock> lock_;  // last to go; null on PostgreSQL
  std::unique_ptr<soci::session> session_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_STORE_END_H_
