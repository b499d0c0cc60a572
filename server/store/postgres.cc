#include "server/store/postgres.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/utf8.h"
#include "server/store/libpq.h"
#include "soci/postgresql/soci-postgresql.h"

namespace smon {
namespace {

// The oldest that PostgreSQL's developers still mended when this was written.
constexpr int kOldestServer = 140000;
constexpr int kMostPasswordBytes = 1000;

// "smon" in ASCII, the first half of the lock's number.
constexpr char kLockNumber[] = "1936551790";

constexpr char kTimeline[] =
    "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

// Parameters that the url may set to something else; "libpq: Parameter Key
// Words" of PostgreSQL's manual says what they mean.
const ConnectionParameter kDefaults[] = {
    {"application_name", "smonsvc"},
    // Seconds. A server that is gone without a word is found out by these, and
    // by what kSetSession says to the other side.
    {"connect_timeout", "3"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "3"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},  // milliseconds
    // Of several hosts, the one that can be written to: not a standby.
    {"target_session_attrs", "read-write"},
};

// Settings of a session, for servers that know them.
constexpr char kSetSession[] = R"sql(
    SELECT COUNT(set_config(s.name, ours.value, false))
    FROM pg_settings AS s JOIN (VALUES
      -- What is committed survives a crash, whatever the server's default is.
      ('synchronous_commit', CASE current_setting('synchronous_commit')
         WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END),
      -- Costs more than it gives for short queries.
      ('jit', 'off'),
      -- Each query is made for an index, which is the best way also while the
      -- server has no statistics of a table that has just been filled.
      ('enable_seqscan', 'off'),
      ('enable_bitmapscan', 'off'),
      ('enable_hashjoin', 'off'),
      ('enable_mergejoin', 'off'),
      ('enable_sort', 'off'),
      -- A query that nobody waits for any more ends, and so does a session, and
      -- its lock, when this host is gone.
      ('client_connection_check_interval', '1000'),
      -- One that has stopped in the middle of a transaction holds all others
      -- up who write.
      ('idle_in_transaction_session_timeout', '4000'),
      ('tcp_keepalives_idle', '5'),
      ('tcp_keepalives_interval', '2'),
      ('tcp_keepalives_count', '2'),
      ('tcp_user_timeout', '9000')
    ) AS ours (name, value) ON s.name = ours.name)sql";

// What stands between "://" and the path.
absl::string_view AuthorityOf(absl::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?"));
}

absl::string_view WithoutOptions(absl::string_view url) {
  return url.substr(0, url.find('?'));
}

bool HoldsPassword(absl::string_view url) {
  const absl::string_view authority = AuthorityOf(url);
  const size_t at = authority.rfind('@');
  if (at != absl::string_view::npos &&
      absl::StrContains(authority.substr(0, at), ":")) {
    return true;
  }
  const size_t options = url.find('?');
  if (options == absl::string_view::npos) return false;
  for (const absl::string_view option :
       absl::StrSplit(url.substr(options + 1), '&')) {
    const absl::string_view name = option.substr(0, option.find('='));
    // Its letters may stand as %70%61…; no other parameter needs that.
    if (absl::StrContains(name, "password") || absl::StrContains(name, "%")) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<std::string> ReadPassword(const std::string& file) {
  struct stat info;
  std::ifstream in(file);
  if (!in || ::stat(file.c_str(), &info) != 0) {
    return absl::UnavailableError(
        absl::StrCat("--store_password_file: cannot read ", ToPrintable(file),
                     ": ", strerror(errno)));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("--store_password_file: others can read ",
                     ToPrintable(file), "; chmod 600 it"));
  }
  std::string password(kMostPasswordBytes + 1, '\0');
  in.getline(&password[0], password.size());
  password.resize(std::strlen(password.c_str()));
  password = std::string(absl::StripTrailingAsciiWhitespace(password));
  if (password.empty() || password.size() >= kMostPasswordBytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--store_password_file: the first line of ", ToPrintable(file),
        " is no password: it is empty or longer than ", kMostPasswordBytes - 1,
        " bytes"));
  }
  return password;
}

// As it stands in a url.
std::string Escape(absl::string_view value) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : value) {
    if (absl::ascii_isalnum(c)) {
      out.push_back(static_cast<char>(c));
    } else {
      out.append({'%', kHex[c >> 4], kHex[c & 15]});
    }
  }
  return out;
}

void SetParameter(const std::string& name, const std::string& value,
                  bool replace, std::vector<ConnectionParameter>* parameters) {
  for (ConnectionParameter& parameter : *parameters) {
    if (parameter.name != name) continue;
    if (replace) parameter.value = value;
    return;
  }
  parameters->push_back({name, value});
}

std::string SqlstateOf(const std::exception& error) {
  const auto* const postgres =
      dynamic_cast<const soci::postgresql_soci_error*>(&error);
  return postgres != nullptr ? postgres->sqlstate() : "";
}

// One line, without SOCI's context, which holds the values of a statement.
std::string MessageOf(const std::exception& error) {
  const auto* const soci = dynamic_cast<const soci::soci_error*>(&error);
  std::string what = soci != nullptr ? soci->get_error_message() : error.what();
  absl::StripAsciiWhitespace(&what);
  return ToPrintable(absl::StrReplaceAll(what, {{"\n", "; "}, {"\t", ""}}));
}

bool IsConnectionLost(absl::string_view sqlstate) {
  // Blank: libpq's own, as for a connection that broke.
  return sqlstate == "     " || absl::StartsWith(sqlstate, "08") ||
         absl::StartsWith(sqlstate, "57P0") || sqlstate == "25P03";
}

}  // namespace

bool IsPostgresUrl(absl::string_view url) {
  return absl::StartsWith(url, "postgresql://") ||
         absl::StartsWith(url, "postgres://");
}

absl::Status CheckPostgresUrl(absl::string_view url) {
  if (HoldsPassword(url)) {
    return absl::InvalidArgumentError(
        "--store: a password in the url can be seen by others; put it into a "
        "file, and name that with --store_password_file");
  }
  if (ToPrintable(url) != url || absl::StrContains(url, ' ')) {
    return absl::InvalidArgumentError(
        "--store: there is a space or a control character in the url; write "
        "it as %20, say");
  }
  return absl::OkStatus();
}

std::string NameOfPostgres(absl::string_view url) {
  return std::string(WithoutOptions(url));
}

absl::StatusOr<std::string> PostgresConnectString(
    const std::string& url, const std::string& password_file) {
  absl::StatusOr<std::vector<ConnectionParameter>> parameters =
      ParsePostgresUrl(url);
  if (!parameters.ok()) {
    return absl::Status(parameters.status().code(),
                        absl::StrCat("--store: '", WithoutOptions(url),
                                     "': ", parameters.status().message()));
  }
  for (const ConnectionParameter& ours : kDefaults) {
    SetParameter(ours.name, ours.value, /*replace=*/false, &*parameters);
  }
  SetParameter("client_encoding", "UTF8", /*replace=*/true, &*parameters);
  if (!password_file.empty()) {
    absl::StatusOr<std::string> password = ReadPassword(password_file);
    if (!password.ok()) return password;
    SetParameter("password", *password, /*replace=*/true, &*parameters);
  }
  // A url again, since SOCI takes a string of "name=value" apart at its spaces.
  std::string out = "postgresql://";
  char separator = '?';
  for (const ConnectionParameter& parameter : *parameters) {
    out.push_back(separator);
    absl::StrAppend(&out, parameter.name, "=", Escape(parameter.value));
    separator = '&';
  }
  return out;
}

void OpenPostgres(const std::string& connect_string, soci::session* session) {
  session->open(soci::postgresql, connect_string);
  int64_t set = 0;
  *session << kSetSession, soci::into(set);
}

bool IsOpen(soci::session& session) {
  const auto* const backend =
      static_cast<soci::postgresql_session_backend*>(session.get_backend());
  return backend != nullptr && backend->conn_ != nullptr &&
         PQstatus(backend->conn_) == CONNECTION_OK;
}

absl::Status CheckPostgres(soci::session& session) {
  const int version = PQserverVersion(
      static_cast<soci::postgresql_session_backend*>(session.get_backend())
          ->conn_);
  if (version < kOldestServer) {
    return absl::FailedPreconditionError(
        absl::StrCat("the server is PostgreSQL ", version / 10000,
                     "; it has to be ", kOldestServer / 10000, " or newer"));
  }
  std::string encoding;
  std::string schema;
  int64_t versions = 0;
  int64_t jobs = 0;
  session << "SELECT current_setting('server_encoding'), "
             "COALESCE(current_schema(), ''), "
             "COUNT(*) FILTER (WHERE tablename = 'schema_version'), "
             "COUNT(*) FILTER (WHERE tablename = 'jobs') "
             "FROM pg_tables WHERE schemaname = current_schema()",
      soci::into(encoding), soci::into(schema), soci::into(versions),
      soci::into(jobs);
  if (encoding != "UTF8") {
    return absl::FailedPreconditionError(
        absl::StrCat("the database is in ", ToPrintable(encoding),
                     "; make one with ENCODING 'UTF8'"));
  }
  if (schema.empty()) {
    return absl::FailedPreconditionError(
        "none of the schemas in search_path is there; make one for smonsvc");
  }
  if (jobs != 0 && versions == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there are tables of another program in the schema ",
        ToPrintable(schema), "; give smonsvc a database or schema of its own"));
  }
  return absl::OkStatus();
}

absl::Status CheckIsPrimary(soci::session& session) {
  int standby = 0;
  session << "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END",
      soci::into(standby);
  if (standby == 0) return absl::OkStatus();
  return absl::UnavailableError(
      "the server is a standby, which only reads; name the primary, or all of "
      "them, in --store");
}

void LockStore(soci::session& session) {
  session << "SELECT pg_advisory_xact_lock(" << kLockNumber
          << ", hashtext(current_schema()))";
}

bool TryLockStore(soci::session& session) {
  int taken = 0;
  session << "SELECT CASE WHEN pg_try_advisory_lock(" << kLockNumber
          << ", hashtext(current_schema())) THEN 1 ELSE 0 END",
      soci::into(taken);
  return taken == 1;
}

void BeginPostgresWrite(soci::session& session) {
  session << "BEGIN ISOLATION LEVEL READ COMMITTED";
}

void BeginPostgresRead(soci::session& session) {
  session << "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

std::string TransactionId(soci::session& session) {
  std::string id;
  // With the time line, which changes when a standby takes over: it may give a
  // number again.
  session << "SELECT COALESCE(" << kTimeline
          << " || ':' || CAST(pg_current_xact_id_if_assigned() AS TEXT), '')",
      soci::into(id);
  return id;
}

bool WasCommitted(soci::session& session, const std::string& transaction) {
  std::string status;
  session << "SELECT COALESCE(pg_xact_status(CAST(split_part(:id, ':', 2) AS "
             "xid8)), '') WHERE split_part(:id, ':', 1) = "
          << kTimeline,
      soci::into(status), soci::use(transaction, "id");
  return status == "committed";
}

PostgresRemedy RemedyOf(const std::exception& error) {
  const std::string sqlstate = SqlstateOf(error);
  // serialization_failure, deadlock_detected.
  if (sqlstate == "40001" || sqlstate == "40P01") {
    return PostgresRemedy::kRunAgain;
  }
  // read_only_sql_transaction: what was the primary is a standby now.
  if (sqlstate == "25006" ||
      (!sqlstate.empty() && IsConnectionLost(sqlstate))) {
    return PostgresRemedy::kReconnect;
  }
  return PostgresRemedy::kTell;
}

absl::Status PostgresStatus(const std::exception& error,
                            absl::string_view name) {
  const std::string what = MessageOf(error);
  const auto message = [&](absl::string_view problem, absl::string_view mend) {
    return absl::StrCat("store ", name, ": ", problem, " (", what, "); ", mend);
  };
  // "PostgreSQL Error Codes" of its manual.
  const std::string state = SqlstateOf(error);
  if (state.empty()) {
    return absl::InternalError(absl::StrCat("store ", name, ": ", what));
  }
  if (IsConnectionLost(state)) {
    return absl::UnavailableError(
        message("the connection to the server was lost", "it is tried again"));
  }
  if (state == "53100") {
    return absl::UnavailableError(
        message("the server's disk is full", "free some space there"));
  }
  if (absl::StartsWith(state, "53") || absl::StartsWith(state, "54")) {
    return absl::UnavailableError(message(
        "the server lacks something", "look at its memory and connections"));
  }
  if (state == "25006") {
    return absl::UnavailableError(
        message("the server is a standby, which only reads",
                "name the primary, or all of them, in --store"));
  }
  if (state == "40001" || state == "40P01" || state == "55P03") {
    return absl::UnavailableError(
        message("another program gets in the way", "it is tried again"));
  }
  if (state == "57014") {
    return absl::UnavailableError(
        message("the server ended the statement",
                "look at its statement_timeout; it is tried again"));
  }
  if (absl::StartsWith(state, "58")) {
    return absl::UnavailableError(message("the server cannot read or write it",
                                          "look at the server's disk"));
  }
  if (state == "42501") {
    return absl::UnavailableError(
        message("the server does not let this user do that",
                "let the user own the schema and its tables"));
  }
  if (absl::StartsWith(state, "XX00")) {
    // Of these, the first two are of damaged data.
    return state == "XX000"
               ? absl::InternalError(message("the server has an error",
                                             "look at the server's log"))
               : absl::DataLossError(message(
                     "it is damaged", "restore a backup of the database"));
  }
  return absl::InternalError(
      absl::StrCat("store ", name, ": ", what, " [", state, "]"));
}

absl::Status ConnectStatus(const std::exception& error,
                           absl::string_view name) {
  if (!SqlstateOf(error).empty()) return PostgresStatus(error, name);
  return absl::UnavailableError(
      absl::StrCat("store ", name, ": ", MessageOf(error),
                   "; look at the server, and at --store"));
}

}  // namespace smon
