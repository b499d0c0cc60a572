#include "server/store/database.h"

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

constexpr int kReaders = 4;

absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

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

Database::Database(std::string name, std::unique_ptr<FileLock> lock,
                   std::unique_ptr<SessionPool> writer,
                   std::unique_ptr<SessionPool> readers)
    : name_(std::move(name)),
      lock_(std::move(lock)),
      writer_(std::move(writer)),
      readers_(std::move(readers)) {}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenFile(
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
      new Database(path, std::move(lock), PoolOf(std::move(writer)),
                   std::make_unique<SessionPool>(std::move(readers))));
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenMemory() {
  const std::string name = "memory:";
  std::unique_ptr<soci::session> writer;
  const auto open = [&]() -> absl::Status {
    writer = OpenSqlite(":memory:");
    return Transact(*writer, name, &BeginWrite, &PrepareSchema);
  };
  SMON_RETURN_IF_ERROR(Try(name, open));
  return std::unique_ptr<Database>(
      new Database(name, nullptr, PoolOf(std::move(writer)), nullptr));
}

absl::Status Database::TransactOn(SessionPool* pool,
                                  StoreObserver::Operation operation,
                                  void (*begin)(soci::session&),
                                  const Body& body) {
  const absl::Duration asked = Monotonic();
  const SessionPool::Lease lease = pool->Take();
  const absl::Duration begun = Monotonic();
  const absl::Status status =
      Note(Transact(lease.session(), name_, begin, body));
  if (observer_ != nullptr) {
    observer_->OnTransaction(operation, begun - asked, Monotonic() - begun,
                             status);
  }
  return status;
}

absl::Status Database::Write(const Body& body) {
  if (lock_ != nullptr) SMON_RETURN_IF_ERROR(lock_->CheckFile());
  const auto body_to_commit = [&body](soci::session& session) {
    const absl::Status status = body(session);
    if (status.ok()) SMON_FAILPOINT("store.before_commit");
    return status;
  };
  SMON_RETURN_IF_ERROR(TransactOn(writer_.get(),
                                  StoreObserver::Operation::kWrite, &BeginWrite,
                                  body_to_commit));
  SMON_FAILPOINT("store.after_commit");
  return absl::OkStatus();
}

absl::Status Database::Read(const Body& body,
                            const std::function<bool()>& stop) {
  const auto body_to_stop = [&](soci::session& session) {
    // It may have waited for its session.
    if (stop && stop()) return absl::CancelledError("nobody waits for it");
    const ScopedStop scoped_stop(session, stop);
    return body(session);
  };
  return TransactOn(readers_ != nullptr ? readers_.get() : writer_.get(),
                    StoreObserver::Operation::kRead, &BeginRead, body_to_stop);
}

absl::Status Database::CheckIntegrity(const std::function<bool()>& stop) {
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

absl::Status Database::damage() const {
  MutexLock lock(&mu_);
  return damage_;
}

absl::StatusOr<StoreSize> Database::Size() const {
  if (lock_ == nullptr) {
    return absl::UnimplementedError("a store in memory has no file");
  }
  return SizeOfFiles(name_);
}

absl::Status Database::Note(absl::Status status) {
  if (!absl::IsDataLoss(status)) return status;
  {
    MutexLock lock(&mu_);
    if (!damage_.ok()) return status;
    damage_ = status;
  }
  LogError("the store is damaged", {{"error", status.message()}});
  return status;
}

}  // namespace smon
