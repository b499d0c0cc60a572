#ifndef SMON_SERVER_STORE_POSTGRES_H_
#define SMON_SERVER_STORE_POSTGRES_H_

#include <exception>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "soci/soci.h"

// All that is PostgreSQL's own, but for what writes many rows at a time (see
// arrays.h).
namespace smon {

// Whether the url is one of PostgreSQL.
bool IsPostgresUrl(absl::string_view url);

// INVALID_ARGUMENT for a url with a password in it, which any user of the host
// could see, and for one with control characters. Does not need libpq.
absl::Status CheckPostgresUrl(absl::string_view url);

// How the url's database is called in messages: without its options.
std::string NameOfPostgres(absl::string_view url);

// What SOCI opens a session with: the url's parameters, and ours where it does
// not set them. The password is the first line of the file, if that has a name.
// INVALID_ARGUMENT for a url that libpq does not take; FAILED_PRECONDITION
// without libpq, and when the file is empty or others than its owner can read
// it; UNAVAILABLE when it cannot be read.
absl::StatusOr<std::string> PostgresConnectString(
    const std::string& url, const std::string& password_file);

// Opens a closed session. Throws what SOCI throws.
void OpenPostgres(const std::string& connect_string, soci::session* session);

// Whether the session is open and its connection not known to be broken. Asks
// the server nothing.
bool IsOpen(soci::session& session);

// FAILED_PRECONDITION for a server that is too old, a database that is not in
// UTF-8, a schema that smonsvc cannot find, and tables of another program.
// Throws what SOCI throws.
absl::Status CheckPostgres(soci::session& session);

// UNAVAILABLE for a standby, which only reads. Throws what SOCI throws.
absl::Status CheckIsPrimary(soci::session& session);

// Waits for the store's lock, an advisory lock of its database and schema, and
// has it until the transaction ends: those who share a store write one after
// the other, so that each sees all that was written before, and changes get
// their numbers in the order in which they are committed. Throws what SOCI
// throws.
void LockStore(soci::session& session);
// Whether the session has that lock now, for as long as its connection lives.
// Throws what SOCI throws.
bool TryLockStore(soci::session& session);

// Begin a transaction that writes (each statement sees what has been committed
// before it), and one that reads one state of the database. Throw what SOCI
// throws.
void BeginPostgresWrite(soci::session& session);
void BeginPostgresRead(soci::session& session);

// The number of the transaction that writes; empty if it has not written yet.
// Throws what SOCI throws.
std::string TransactionId(soci::session& session);
// Whether the transaction with the number was committed. False also for one
// that the server does not know. Throws what SOCI throws.
bool WasCommitted(soci::session& session, const std::string& transaction);

// What is to be done about an error, besides telling it.
enum class PostgresRemedy {
  kTell,
  kRunAgain,   // others got in the way; nothing has stayed
  kReconnect,  // also when the connection is still there
};
PostgresRemedy RemedyOf(const std::exception& error);

// The Status for an exception of SOCI (or the standard library). `name` names
// the database for the reader.
absl::Status PostgresStatus(const std::exception& error,
                            absl::string_view name);
// The same for one of OpenPostgres.
absl::Status ConnectStatus(const std::exception& error, absl::string_view name);

}  // namespace smon

#endif  // SMON_SERVER_STORE_POSTGRES_H_
