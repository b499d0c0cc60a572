#include "server/store/postgres_database.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/store/libpq.h"
#include "server/store/postgres.h"
#include "server/store/replica_table.h"
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
      readers_(ClosedSessions(kReaders)),
      agreeing_(ClosedSessions(1)) {}

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
    SMON_RETURN_IF_ERROR(Annotate(CheckIsPrimary(session), named));
    const ScopedWait long_wait(kMostSilenceToMigrate, never);
    BeginPostgresWrite(session);
    LockStore(session);  // another one may be at it
    SMON_RETURN_IF_ERROR(Annotate(Migrate(session, Migrations()), named));
    session.commit();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return PostgresStatus(error, name_);
  }
}

absl::Status PostgresDatabase::ConnectNow(soci::session& session) {
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
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return PostgresStatus(error, name_);
  }
}

PostgresDatabase::Reconnection* PostgresDatabase::ReconnectionOf(Use use) {
  if (use == Use::kAgree) return &to_agree_;
  return use == Use::kWrite ? &to_write_ : &to_read_;
}

absl::Status PostgresDatabase::Connect(soci::session& session, Use use) {
  if (IsOpen(session)) return absl::OkStatus();
  {
    MutexLock lock(&mu_);
    const Reconnection& last = *ReconnectionOf(use);
    if (!last.error.ok() && Monotonic() < last.next) return last.error;
  }
  const absl::Status status = ConnectNow(session);
  if (!status.ok()) Close(session);
  bool was_away = false;
  {
    MutexLock lock(&mu_);
    Reconnection& last = *ReconnectionOf(use);
    was_away = !last.error.ok();
    last.wait = status.ok() || !was_away
                    ? kFirstConnectWait
                    : std::min(last.wait * 2, kMostConnectWait);
    last.next = Monotonic() + last.wait;
    last.error = status;
  }
  if (was_away && status.ok()) {
    LogInfo("connected to the store again",
            {{"to", use == Use::kRead    ? "read"
                    : use == Use::kWrite ? "write"
                                         : "agree with other replicas"}});
  }
  return status;
}

absl::Status PostgresDatabase::Begin(soci::session& session, Use use) {
  if (use == Use::kRead) {
    BeginPostgresRead(session);
    return absl::OkStatus();
  }
  BeginPostgresWrite(session);
  if (use == Use::kAgree) return absl::OkStatus();
  LockStore(session);
  const int64_t replica = replica_;
  if (replica == 0 || LockReplica(session, replica)) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("store ", name_, ": this replica was taken for dead"));
}

PostgresDatabase::Attempt PostgresDatabase::TryTransact(
    soci::session& session, Use use, const Body& body,
    const std::function<bool()>& stop) {
  const ScopedWait wait(kMostSilence, stop);
  std::string committing;
  try {
    absl::Status status = Begin(session, use);
    if (status.ok()) status = body(session);
    if (!status.ok()) {
      if (!Rollback(session)) Close(session);
      return {status};
    }
    if (use != Use::kRead) committing = TransactionId(session);
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

absl::StatusOr<bool> PostgresDatabase::LookUp(soci::session& session,
                                              const std::string& transaction) {
  const std::function<bool()> never;
  const ScopedWait wait(kMostSilence, never);
  try {
    BeginPostgresWrite(session);
    // It held the lock: the server has ended it, one way or the other.
    LockStore(session);
    const bool committed = WasCommitted(session, transaction);
    session.commit();
    return committed;
  } catch (const std::exception& error) {
    const absl::Status status = PostgresStatus(error, name_);
    Close(session);
    return status;
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
      SMON_RETURN_IF_ERROR(Connect(session, use));
      SMON_ASSIGN_OR_RETURN(const bool committed,
                            LookUp(session, attempt.unknown));
      if (committed) return absl::OkStatus();
    }
    if (!attempt.again) break;
  }
  return attempt.status;
}

absl::Status PostgresDatabase::TransactToWrite(soci::session& session,
                                               const Body& body) {
  return Transact(session, Use::kWrite, body, nullptr);
}

absl::Status PostgresDatabase::Agree(const Body& body) {
  const SessionPool::Lease lease = agreeing_.Take();
  return Transact(lease.session(), Use::kAgree, body, nullptr);
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
