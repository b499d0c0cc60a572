#include "server/store/postgres_database.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/store/libpq.h"
#include "server/store/postgres.h"
#include "server/store/schema.h"

namespace smon {
namespace {

constexpr int kReaders = 4;

// A server that says nothing for so long in the middle of a statement is given
// up. A migration may take longer.
constexpr absl::Duration kMostSilence = absl::Seconds(10);
constexpr absl::Duration kMostSilenceToMigrate = absl::Hours(1);

// Between two attempts to connect.
constexpr absl::Duration kFirstConnectWait = absl::Milliseconds(100);
constexpr absl::Duration kMostConnectWait = absl::Seconds(3);

// How long the server may take to see that the smonsvc before has ended.
constexpr absl::Duration kLockWait = absl::Seconds(2);
constexpr absl::Duration kLockPoll = absl::Milliseconds(50);

// Of transactions that others get in the way of, or whose connection breaks.
constexpr int kMostAttempts = 4;

absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

std::vector<std::unique_ptr<soci::session>> ClosedSessions(int number) {
  std::vector<std::unique_ptr<soci::session>> sessions;
  for (int i = 0; i < number; ++i) {
    sessions.push_back(std::make_unique<soci::session>());
  }
  return sessions;
}

void Close(soci::session& session) {
  try {
    session.close();
  } catch (const std::exception&) {
    // It is gone anyway.
  }
}

// Leaves the session as it was before the transaction. False if it cannot.
bool Rollback(soci::session& session) {
  try {
    session.rollback();
    // Those of statements that ended after an error could not be removed.
    session << "DEALLOCATE ALL";
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

absl::Status Cancelled(const std::string& name) {
  return absl::CancelledError(
      absl::StrCat("store ", name, ": it was stopped; start it anew"));
}

absl::Status Silent(const std::string& name) {
  return absl::UnavailableError(
      absl::StrCat("store ", name, ": the server has said nothing for ",
                   absl::FormatDuration(kMostSilence), "; it is tried again"));
}

}  // namespace

PostgresDatabase::PostgresDatabase(const std::string& url,
                                   const std::string& password_file)
    : url_(url),
      name_(NameOfPostgres(url)),
      password_file_(password_file),
      writer_(ClosedSessions(1)),
      readers_(ClosedSessions(kReaders)) {}

absl::StatusOr<std::unique_ptr<Database>> PostgresDatabase::Open(
    const std::string& url, const std::string& password_file) {
  std::unique_ptr<PostgresDatabase> database(
      new PostgresDatabase(url, password_file));
  SMON_RETURN_IF_ERROR(database->Prepare());
  return std::unique_ptr<Database>(std::move(database));
}

absl::Status PostgresDatabase::Prepare() {
  const SessionPool::Lease lease = writer_.Take();
  soci::session& session = lease.session();
  const std::function<bool()> never;
  const ScopedWait wait(kMostSilence, never);
  SMON_ASSIGN_OR_RETURN(const std::string parameters,
                        PostgresConnectString(url_, password_file_));
  try {
    OpenPostgres(parameters, &session);
  } catch (const std::exception& error) {
    return ConnectStatus(error, name_);
  }
  try {
    const std::string named = absl::StrCat("store ", name_);
    SMON_RETURN_IF_ERROR(Annotate(CheckPostgres(session), named));
    SMON_RETURN_IF_ERROR(Annotate(CheckVersion(session, Migrations()), named));
    SMON_RETURN_IF_ERROR(TakeLock(session));
    const ScopedWait long_wait(kMostSilenceToMigrate, never);
    BeginPostgresWrite(session);
    SMON_RETURN_IF_ERROR(Annotate(Migrate(session, Migrations()), named));
    session.commit();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return PostgresStatus(error, name_);
  }
}

absl::Status PostgresDatabase::TakeLock(soci::session& session) {
  const absl::Duration until = Monotonic() + kLockWait;
  while (!TryLockStore(session)) {
    if (Monotonic() > until) {
      return absl::FailedPreconditionError(
          absl::StrCat("another smonsvc uses ", name_,
                       "; stop it, or choose another --store"));
    }
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kLockPoll));
  }
  return absl::OkStatus();
}

absl::Status PostgresDatabase::ConnectNow(soci::session& session, Use use) {
  Close(session);
  SMON_ASSIGN_OR_RETURN(const std::string parameters,
                        PostgresConnectString(url_, password_file_));
  const std::function<bool()> never;
  const ScopedWait wait(kMostSilence, never);
  try {
    OpenPostgres(parameters, &session);
  } catch (const std::exception& error) {
    return ConnectStatus(error, name_);
  }
  try {
    // It may be another server, or one that was put back to an older copy.
    const int version = SchemaVersion(session);
    if (version != static_cast<int>(Migrations().size())) {
      return absl::UnavailableError(
          absl::StrCat("store ", name_, ": its schema has version ", version,
                       " now; restart smonsvc"));
    }
    if (use == Use::kRead) return absl::OkStatus();
    const absl::Status locked = TakeLock(session);
    // Another one may be a server's that has not seen its end yet.
    return locked.ok() ? locked : absl::UnavailableError(locked.message());
  } catch (const std::exception& error) {
    return PostgresStatus(error, name_);
  }
}

absl::Status PostgresDatabase::Connect(soci::session& session, Use use) {
  if (IsOpen(session)) return absl::OkStatus();
  {
    MutexLock lock(&mu_);
    const Reconnection& last = use == Use::kWrite ? to_write_ : to_read_;
    if (!last.error.ok() && Monotonic() < last.next) return last.error;
  }
  const absl::Status status = ConnectNow(session, use);
  if (!status.ok()) Close(session);
  bool was_away = false;
  {
    MutexLock lock(&mu_);
    Reconnection& last = use == Use::kWrite ? to_write_ : to_read_;
    was_away = !last.error.ok();
    last.wait = status.ok() || !was_away
                    ? kFirstConnectWait
                    : std::min(last.wait * 2, kMostConnectWait);
    last.next = Monotonic() + last.wait;
    last.error = status;
  }
  if (was_away && status.ok()) {
    LogInfo("connected to the store again",
            {{"to", use == Use::kWrite ? "write" : "read"}});
  }
  return status;
}

PostgresDatabase::Attempt PostgresDatabase::TryTransact(
    soci::session& session, Use use, const Body& body,
    const std::function<bool()>& stop) {
  const ScopedWait wait(kMostSilence, stop);
  std::string committing;
  try {
    (use == Use::kWrite ? BeginPostgresWrite : BeginPostgresRead)(session);
    const absl::Status status = body(session);
    if (!status.ok()) {
      if (!Rollback(session)) Close(session);
      return {status};
    }
    if (use == Use::kWrite) committing = TransactionId(session);
    session.commit();
    return {absl::OkStatus()};
  } catch (const std::exception& error) {
    Attempt attempt;
    attempt.status = wait.was_stopped()  ? Cancelled(name_)
                     : wait.was_silent() ? Silent(name_)
                                         : PostgresStatus(error, name_);
    const PostgresRemedy remedy = RemedyOf(error);
    if (remedy == PostgresRemedy::kReconnect || !IsOpen(session) ||
        !Rollback(session)) {
      Close(session);
      attempt.again = !wait.was_stopped() && !wait.was_silent();
      attempt.unknown = committing;
    } else {
      attempt.again = remedy == PostgresRemedy::kRunAgain;
    }
    return attempt;
  }
}

absl::Status PostgresDatabase::Transact(soci::session& session, Use use,
                                        const Body& body,
                                        const std::function<bool()>& stop) {
  Attempt attempt;
  for (int i = 0; i < kMostAttempts; ++i) {
    SMON_RETURN_IF_ERROR(Connect(session, use));
    attempt = TryTransact(session, use, body, stop);
    if (!attempt.unknown.empty()) {
      // Nobody else can have written since: this session held the lock.
      SMON_RETURN_IF_ERROR(Connect(session, use));
      const ScopedWait wait(kMostSilence, stop);
      try {
        if (WasCommitted(session, attempt.unknown)) return absl::OkStatus();
      } catch (const std::exception& error) {
        return PostgresStatus(error, name_);
      }
    }
    if (!attempt.again) break;
  }
  return attempt.status;
}

absl::Status PostgresDatabase::TransactToWrite(soci::session& session,
                                               const Body& body) {
  return Transact(session, Use::kWrite, body, nullptr);
}

absl::Status PostgresDatabase::TransactToRead(
    soci::session& session, const Body& body,
    const std::function<bool()>& stop) {
  return Transact(session, Use::kRead, body, stop);
}

absl::Status PostgresDatabase::CheckIntegrity(const std::function<bool()>&) {
  return absl::OkStatus();
}

absl::StatusOr<StoreSize> PostgresDatabase::Size() const {
  return absl::UnimplementedError("the server keeps the store's files");
}

}  // namespace smon
