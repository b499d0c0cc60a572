#ifndef SMON_SERVER_STORE_SQLITE_H_
#define SMON_SERVER_STORE_SQLITE_H_

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "soci/soci.h"

// All that is SQLite's own; everything else in this folder is SQL that
// PostgreSQL takes as well.
namespace smon {

// Opens the database at the absolute path, or ":memory:". Changes nothing in
// it. The path holds no double quote and no control character, which SOCI
// cannot pass on. Throws what SOCI throws.
std::unique_ptr<soci::session> OpenSqlite(const std::string& path);

// FAILED_PRECONDITION when the database holds the tables of another program.
// Throws what SOCI throws.
absl::Status CheckOwner(soci::session& session);

// Makes the database's file one that readers and a writer can use at a time
// (WAL). FAILED_PRECONDITION where the file system cannot do that. Throws what
// SOCI throws.
absl::Status EnableWal(soci::session& session);

// Begins a transaction that is going to write. Throws what SOCI throws.
void BeginWrite(soci::session& session);

// Marks the database as ours. Throws what SOCI throws.
void SetOwner(soci::session& session);

// Refuses all writes through this session from now on. Throws what SOCI throws.
void MakeReadOnly(soci::session& session);

// Keeps the end of this session, if it is the file's last, from moving what is
// in the log file (WAL) to the database. Throws what SOCI throws.
void LeaveLogAsItIs(soci::session& session);

// While this lives, `stop` is asked at least once a millisecond that the
// session works; once it returns true, the session throws what ToStatus calls
// CANCELLED. An empty one is not asked. Both outlive this object.
class ScopedStop {
 public:
  ScopedStop(soci::session& session, const std::function<bool()>& stop);
  ~ScopedStop();
  ScopedStop(const ScopedStop&) = delete;
  ScopedStop& operator=(const ScopedStop&) = delete;

 private:
  soci::session& session_;
  const bool asks_;
};

// Reads the whole database, and says what is wrong with it: the first few
// things, none when all is well. `stop` is asked often; once it returns true,
// this throws what ToStatus calls CANCELLED. Throws what SOCI throws.
std::vector<std::string> FindDamage(soci::session& session,
                                    const std::function<bool()>& stop);

// What to do about damage, for messages.
constexpr char kDamageMend[] =
    "restore a backup, or move the file away to start anew; docs/STORE.md says "
    "how";

// The Status for an exception of SOCI (or the standard library); `database`
// names the database for the reader.
absl::Status ToStatus(const std::exception& error, absl::string_view database);

}  // namespace smon

#endif  // SMON_SERVER_STORE_SQLITE_H_
