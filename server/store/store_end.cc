#include "server/store/store_end.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status_macros.h"
#include "server/store/postgres.h"
#include "server/store/replica_table.h"
#include "server/store/schema.h"
#include "server/store/sql_store.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

constexpr absl::string_view kSqliteScheme = "sqlite://";

// How long it may take until one that was killed counts as dead.
constexpr std::chrono::seconds kLockWait(10);
constexpr std::chrono::milliseconds kLockPoll(50);

// FAILED_PRECONDITION where a file would be made, or its lock file be left in a
// way that smonsvc cannot use it.
absl::Status CheckFileToRead(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("store ", path, ": ", std::strerror(errno),
                     "; name the store that is "
                     "to be moved"));
  }
  if (info.st_uid == ::geteuid()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "store ", path, ": the user with the id ", info.st_uid,
      " owns it; move it as that user (runuser -u smonsvc -- smonctl …)"));
}

bool IsInUse(soci::session& session) {
  // Before version 5, whoever used it held the lock.
  return SchemaVersion(session) >= 5 && !ReadReplicas(session).empty();
}

bool TakeLock(soci::session& session) {
  const auto until = std::chrono::steady_clock::now() + kLockWait;
  bool locked = false;
  for (;;) {
    locked = locked || TryLockStore(session);
    if (locked && !IsInUse(session)) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kLockPoll);
  }
}

}  // namespace

StoreEnd::StoreEnd(std::string name) : name_(std::move(name)) {}

StoreEnd::~StoreEnd() {
  if (session_ == nullptr) return;
  try {
    session_->rollback();
  } catch (const std::exception&) {
    // It was committed, or the connection is gone; the server rolls back then.
  }
}

absl::StatusOr<std::unique_ptr<StoreEnd>> StoreEnd::OpenToRead(
    const std::string& url, const std::string& password_file) {
  return Open(url, password_file, Use::kRead);
}

absl::StatusOr<std::unique_ptr<StoreEnd>> StoreEnd::OpenToWrite(
    const std::string& url, const std::string& password_file) {
  return Open(url, password_file, Use::kWrite);
}

absl::StatusOr<std::unique_ptr<StoreEnd>> StoreEnd::Open(
    const std::string& url, const std::string& password_file, Use use) {
  SMON_RETURN_IF_ERROR(CheckStoreUrl(url));
  if (IsPostgresUrl(url)) {
    std::unique_ptr<StoreEnd> end(new StoreEnd(NameOfPostgres(url)));
    SMON_RETURN_IF_ERROR(end->OpenOnPostgres(url, password_file, use));
    return end;
  }
  if (!absl::StartsWith(url, kSqliteScheme)) {
    return absl::InvalidArgumentError(
        "a store in memory is gone with its smonsvc: it cannot be moved");
  }
  std::unique_ptr<StoreEnd> end(new StoreEnd(url.substr(kSqliteScheme.size())));
  SMON_RETURN_IF_ERROR(end->OpenSqliteFile(use));
  return end;
}

absl::Status StoreEnd::OpenSqliteFile(Use use) {
  if (use == Use::kRead) SMON_RETURN_IF_ERROR(CheckFileToRead(name_));
  SMON_ASSIGN_OR_RETURN(lock_, FileLock::Take(name_));
  const std::string named = absl::StrCat("store ", name_);
  try {
    session_ = OpenSqlite(name_);
    SMON_RETURN_IF_ERROR(Annotate(CheckOwner(*session_), named));
    SMON_RETURN_IF_ERROR(
        Annotate(CheckVersion(*session_, Migrations()), named));
    if (use == Use::kRead) {
      MakeReadOnly(*session_);
      LeaveLogAsItIs(*session_);
      session_->begin();
    } else {
      SMON_RETURN_IF_ERROR(Annotate(EnableWal(*session_), named));
      BeginWrite(*session_);
      // Jobs may come before those whose log they share.
      *session_ << "PRAGMA defer_foreign_keys = ON";
    }
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return ToStatus(error, name_);
  }
}

absl::Status StoreEnd::OpenOnPostgres(const std::string& url,
                                      const std::string& password_file,
                                      Use use) {
  SMON_ASSIGN_OR_RETURN(const std::string parameters,
                        PostgresConnectString(url, password_file));
  auto session = std::make_unique<soci::session>();
  try {
    OpenPostgres(parameters, session.get());
  } catch (const std::exception& error) {
    return ConnectStatus(error, name_);
  }
  session_ = std::move(session);
  const std::string named = absl::StrCat("store ", name_);
  try {
    SMON_RETURN_IF_ERROR(Annotate(CheckPostgres(*session_), named));
    SMON_RETURN_IF_ERROR(
        Annotate(CheckVersion(*session_, Migrations()), named));
    if (!TakeLock(*session_)) {
      return absl::FailedPreconditionError(
          absl::StrCat("a smonsvc uses ", name_, "; stop it"));
    }
    if (use == Use::kRead) {
      BeginPostgresRead(*session_);
    } else {
      BeginPostgresWrite(*session_);
    }
    // It has to wait for the other end.
    *session_ << "SET LOCAL idle_in_transaction_session_timeout = 0";
    // All of a table is read; the settings are for smonsvc's short queries.
    *session_ << "SET LOCAL enable_seqscan = on";
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return PostgresStatus(error, name_);
  }
}

absl::Status StoreEnd::StatusOf(const std::exception& error) const {
  return lock_ != nullptr ? ToStatus(error, name_)
                          : PostgresStatus(error, name_);
}

}  // namespace smon
