#include "server/store/sqlite_database.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"
#include "server/store/store_size.h"

namespace smon {
namespace {

constexpr int kReaders = 4;

void Rollback(soci::session& session) {
  try {
    session.rollback();
  } catch (const std::exception&) {
    // SQLite has already done it, as it does after some errors.
  }
}

absl::Status Transact(soci::session& session, const std::string& name,
                      void (*begin)(soci::session&),
                      const Database::Body& body) {
  bool begun = false;
  try {
    begin(session);
    begun = true;
    const absl::Status status = body(session);
    if (status.ok()) {
      session.commit();
    } else {
      Rollback(session);
    }
    return status;
  } catch (const std::exception& error) {
    const absl::Status status = ToStatus(error, name);
    if (begun) Rollback(session);
    return status;
  }
}

void BeginRead(soci::session& session) { session.begin(); }

// Runs something that throws what SOCI throws, outside a transaction.
absl::Status Try(const std::string& name,
                 const std::function<absl::Status()>& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return ToStatus(error, name);
  }
}

absl::Status PrepareSchema(soci::session& session) {
  SMON_RETURN_IF_ERROR(Migrate(session, Migrations()));
  SetOwner(session);
  return absl::OkStatus();
}

std::unique_ptr<SessionPool> PoolOf(std::unique_ptr<soci::session> session) {
  std::vector<std::unique_ptr<soci::session>> sessions;
  sessions.push_back(std::move(session));
  return std::make_unique<SessionPool>(std::move(sessions));
}

// Nothing is changed in a file before it is known to be ours.
absl::Status CheckFile(soci::session& session) {
  SMON_RETURN_IF_ERROR(CheckOwner(session));
  return CheckVersion(session, Migrations());
}

}  // namespace

SqliteDatabase::SqliteDatabase(std::string name, std::unique_ptr<FileLock> lock,
                               std::unique_ptr<SessionPool> writer,
                               std::unique_ptr<SessionPool> readers)
    : name_(std::move(name)),
      lock_(std::move(lock)),
      writer_(std::move(writer)),
      readers_(std::move(readers)) {}

absl::StatusOr<std::unique_ptr<Database>> SqliteDatabase::OpenFile(
    const std::string& path) {
  SMON_ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, FileLock::Take(path));
  const std::string named = absl::StrCat("store ", path);
  std::unique_ptr<soci::session> writer;
  std::vector<std::unique_ptr<soci::session>> readers;
  const auto open = [&]() -> absl::Status {
    writer = OpenSqlite(path);
    SMON_RETURN_IF_ERROR(Annotate(CheckFile(*writer), named));
    SMON_RETURN_IF_ERROR(Annotate(EnableWal(*writer), named));
    SMON_RETURN_IF_ERROR(Transact(*writer, path, &BeginWrite, &PrepareSchema));
    for (int i = 0; i < kReaders; ++i) {
      readers.push_back(OpenSqlite(path));
      MakeReadOnly(*readers.back());
    }
    return absl::OkStatus();
  };
  SMON_RETURN_IF_ERROR(Try(path, open));
  return std::unique_ptr<Database>(
      new SqliteDatabase(path, std::move(lock), PoolOf(std::move(writer)),
                         std::make_unique<SessionPool>(std::move(readers))));
}

absl::StatusOr<std::unique_ptr<Database>> SqliteDatabase::OpenMemory() {
  const std::string name = "memory:";
  std::unique_ptr<soci::session> writer;
  const auto open = [&]() -> absl::Status {
    writer = OpenSqlite(":memory:");
    return Transact(*writer, name, &BeginWrite, &PrepareSchema);
  };
  SMON_RETURN_IF_ERROR(Try(name, open));
  return std::unique_ptr<Database>(
      new SqliteDatabase(name, nullptr, PoolOf(std::move(writer)), nullptr));
}

absl::Status SqliteDatabase::CheckBeforeWrite() {
  return lock_ != nullptr ? lock_->CheckFile() : absl::OkStatus();
}

absl::Status SqliteDatabase::TransactToWrite(soci::session& session,
                                             const Body& body) {
  return Transact(session, name_, &BeginWrite, body);
}

absl::Status SqliteDatabase::TransactToRead(soci::session& session,
                                            const Body& body,
                                            const std::function<bool()>& stop) {
  return Transact(session, name_, &BeginRead, [&](soci::session& session) {
    const ScopedStop scoped_stop(session, stop);
    return body(session);
  });
}

absl::Status SqliteDatabase::CheckIntegrity(const std::function<bool()>& stop) {
  if (lock_ == nullptr) return absl::OkStatus();
  // Opening would make a file that is not there.
  SMON_RETURN_IF_ERROR(lock_->CheckFile());
  return Note(Try(name_, [&]() -> absl::Status {
    // A session of its own: those of the pool are for readers that wait.
    const std::unique_ptr<soci::session> session = OpenSqlite(name_);
    MakeReadOnly(*session);
    const std::vector<std::string> found = FindDamage(*session, stop);
    if (found.empty()) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("store ", name_, ": it is damaged (", found.front(),
                     found.size() > 1 ? ", and more" : "", "); ", kDamageMend));
  }));
}

absl::StatusOr<StoreSize> SqliteDatabase::Size() const {
  if (lock_ == nullptr) {
    return absl::UnimplementedError("a store in memory has no file");
  }
  return SizeOfFiles(name_);
}

}  // namespace smon
