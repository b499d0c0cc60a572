#include "server/store/sqlite.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace smon {
namespace {

// "smon" in ASCII; file(1) and sqlite.org/pragma.html#pragma_application_id.
constexpr int kApplicationId = 0x736d6f6e;

// How long a statement waits for another program that holds the file, such as
// a backup.
// Well below the 5 s in which a SIGTERM has to end all: it is tried again
// later anyway.
constexpr int kBusyTimeoutMillis = 1000;

// A big first poll must not leave its size behind in the log file for good.
constexpr int kMostWalBytes = 64 << 20;

// Of a new database. Larger ones make a first poll cheaper, and each small
// change dearer.
constexpr int kPageBytes = 8192;

// Pages in the log file from which on they are moved to the database. Pages
// that change in every transaction are then moved once in a while.
constexpr int kCheckpointPages = kMostWalBytes / kPageBytes;

// Room for what one transaction changes, so that a big one does not write
// pages to the log several times. Taken as it is needed.
constexpr int kCacheKib = 24 << 10;
// A page of a list needs less, and there are several readers.
constexpr int kReaderCacheKib = 8 << 10;

// Damage that is told of; the first thing says most.
constexpr int kMostDamage = 10;

// Steps of SQLite's machine between two questions whether to stop, a part of a
// millisecond. SQLite counts them anew for each statement, so that they are
// fewer than reading a thousand rows of an index takes.
constexpr int kStepsPerQuestion = 3000;

// Has to come before the first session.
void ConfigureOnce() {
  static const bool done = [] {
    // A session is used by one thread at a time, so that SQLite need not lock
    // it for each value that goes in or out; nobody asks for its statistics.
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return true;
  }();
  static_cast<void>(done);
}

sqlite_api::sqlite3* ConnectionOf(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())
      ->conn_;
}

}  // namespace

std::unique_ptr<soci::session> OpenSqlite(const std::string& path) {
  ConfigureOnce();
  auto session = std::make_unique<soci::session>(
      soci::sqlite3, absl::StrCat("dbname=\"", path, "\""));
  *session << absl::StrCat("PRAGMA busy_timeout = ", kBusyTimeoutMillis);
  *session << absl::StrCat("PRAGMA page_size = ", kPageBytes);
  *session << "PRAGMA foreign_keys = ON";
  // What is committed is on the disk: an OK survives a power failure.
  *session << "PRAGMA synchronous = FULL";
  *session << absl::StrCat("PRAGMA cache_size = ", -kCacheKib);
  *session << "PRAGMA temp_store = MEMORY";
  *session << absl::StrCat("PRAGMA wal_autocheckpoint = ", kCheckpointPages);
  *session << absl::StrCat("PRAGMA journal_size_limit = ", kMostWalBytes);
  return session;
}

absl::Status CheckOwner(soci::session& session) {
  int tables = 0;
  session << "SELECT COUNT(*) FROM sqlite_master", soci::into(tables);
  int application_id = 0;
  session << "PRAGMA application_id", soci::into(application_id);
  if (application_id == kApplicationId) return absl::OkStatus();
  if (tables == 0 && application_id == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "it is an SQLite database of another program; choose another --store");
}

absl::Status EnableWal(soci::session& session) {
  std::string mode;
  session << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("its file system cannot hold a database in WAL mode (it is "
                   "in mode ",
                   mode, "); put it on a local disk"));
}

void BeginWrite(soci::session& session) {
  // A plain BEGIN would take the lock at the first write, when it is too late
  // to wait for another program's.
  session << "BEGIN IMMEDIATE";
}

void SetOwner(soci::session& session) {
  session << absl::StrCat("PRAGMA application_id = ", kApplicationId);
}

void MakeReadOnly(soci::session& session) {
  session << "PRAGMA query_only = ON";
  session << absl::StrCat("PRAGMA cache_size = ", -kReaderCacheKib);
}

void LeaveLogAsItIs(soci::session& session) {
  sqlite_api::sqlite3_db_config(ConnectionOf(session),
                                SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

ScopedStop::ScopedStop(soci::session& session,
                       const std::function<bool()>& stop)
    : session_(session), asks_(stop != nullptr) {
  if (!asks_) return;
  sqlite_api::sqlite3_progress_handler(
      ConnectionOf(session_), kStepsPerQuestion,
      [](void* stop) {
        return (*static_cast<const std::function<bool()>*>(stop))() ? 1 : 0;
      },
      const_cast<std::function<bool()>*>(&stop));
}

ScopedStop::~ScopedStop() {
  if (!asks_) return;
  sqlite_api::sqlite3_progress_handler(ConnectionOf(session_), 0, nullptr,
                                       nullptr);
}

std::vector<std::string> FindDamage(soci::session& session,
                                    const std::function<bool()>& stop) {
  // Not quick_check, which takes a sixth of the time but does not look whether
  // the indexes hold what the tables do: a log that is missing from the
  // outbox's index would never be sent. SQLite before 3.42 does not ask `stop`
  // while it reads a table's pages, a second for a million jobs.
  const ScopedStop scoped_stop(session, stop);
  std::string line;
  soci::statement check = (session.prepare << absl::StrCat(
                               "PRAGMA integrity_check(", kMostDamage, ")"),
                           soci::into(line));
  std::vector<std::string> damage;
  for (bool more = check.execute(true); more; more = check.fetch()) {
    if (line == "ok") continue;
    damage.push_back(absl::StrReplaceAll(
        line, {{"*** in database main ***\n", ""}, {"\n", ", "}}));
  }
  return damage;
}

absl::Status ToStatus(const std::exception& error, absl::string_view database) {
  const auto* const sqlite =
      dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  // The message without SOCI's context, which holds the values of a statement.
  const auto* const soci = dynamic_cast<const soci::soci_error*>(&error);
  const std::string what =
      soci != nullptr ? soci->get_error_message() : error.what();
  const auto message = [&](absl::string_view problem, absl::string_view mend) {
    return absl::StrCat("store ", database, ": ", problem, " (", what, "); ",
                        mend);
  };
  // The low byte is the kind; sqlite.org/rescode.html.
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(
          message("another program holds it", "it is tried again"));
    case SQLITE_FULL:
      return absl::UnavailableError(
          message("the disk is full", "free some space"));
    case SQLITE_IOERR:
      return absl::UnavailableError(
          message("it cannot be read or written", "check the disk"));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::UnavailableError(
          message("it cannot be opened or written",
                  "let the user of smonsvc write the file and its directory"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          message("it is damaged or no SQLite database", kDamageMend));
    case SQLITE_INTERRUPT:
      return absl::CancelledError(message("it was stopped", "start it anew"));
    default:
      return absl::InternalError(absl::StrCat("store ", database, ": ", what));
  }
}

}  // namespace smon
