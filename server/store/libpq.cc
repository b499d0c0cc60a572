#include "server/store/libpq.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

// How long to wait for the server between two questions whether to stop.
constexpr int kPollMillis = 5;

thread_local ScopedWait* current_wait = nullptr;

// The functions that SOCI calls and that are the same here.
#define SMON_LIBPQ_FORWARDED(F)                                               \
  F(void, PQclear, (PGresult * result), (result))                             \
  F(char*, PQcmdTuples, (PGresult * result), (result))                        \
  F(char*, PQerrorMessage, (const PGconn* connection), (connection))          \
  F(int, PQfformat, (const PGresult* result, int field), (result, field))     \
  F(void, PQfinish, (PGconn * connection), (connection))                      \
  F(char*, PQfname, (const PGresult* result, int field), (result, field))     \
  F(int, PQfsize, (const PGresult* result, int field), (result, field))       \
  F(Oid, PQftype, (const PGresult* result, int field), (result, field))       \
  F(PGresult*, PQgetResult, (PGconn * connection), (connection))              \
  F(int, PQgetisnull, (const PGresult* result, int row, int field),           \
    (result, row, field))                                                     \
  F(char*, PQgetvalue, (const PGresult* result, int row, int field),          \
    (result, row, field))                                                     \
  F(int, PQnfields, (const PGresult* result), (result))                       \
  F(int, PQntuples, (const PGresult* result), (result))                       \
  F(char*, PQresultErrorField, (const PGresult* result, int field),           \
    (result, field))                                                          \
  F(char*, PQresultErrorMessage, (const PGresult* result), (result))          \
  F(ExecStatusType, PQresultStatus, (const PGresult* result), (result))       \
  F(int, PQsendPrepare,                                                       \
    (PGconn * connection, const char* name, const char* query, int n,         \
     const Oid* types),                                                       \
    (connection, name, query, n, types))                                      \
  F(int, PQsendQuery, (PGconn * connection, const char* query),               \
    (connection, query))                                                      \
  F(int, PQsendQueryParams,                                                   \
    (PGconn * connection, const char* query, int n, const Oid* types,         \
     const char* const* values, const int* lengths, const int* formats,       \
     int result_format),                                                      \
    (connection, query, n, types, values, lengths, formats, result_format))   \
  F(int, PQsendQueryPrepared,                                                 \
    (PGconn * connection, const char* name, int n, const char* const* values, \
     const int* lengths, const int* formats, int result_format),              \
    (connection, name, n, values, lengths, formats, result_format))           \
  F(int, PQserverVersion, (const PGconn* connection), (connection))           \
  F(int, PQsetSingleRowMode, (PGconn * connection), (connection))             \
  F(ConnStatusType, PQstatus, (const PGconn* connection), (connection))       \
  F(int, lo_close, (PGconn * connection, int fd), (connection, fd))           \
  F(int, lo_lseek, (PGconn * connection, int fd, int offset, int whence),     \
    (connection, fd, offset, whence))                                         \
  F(int, lo_open, (PGconn * connection, Oid id, int mode),                    \
    (connection, id, mode))                                                   \
  F(int, lo_read, (PGconn * connection, int fd, char* to, size_t size),       \
    (connection, fd, to, size))                                               \
  F(int, lo_write, (PGconn * connection, int fd, const char* from, size_t n), \
    (connection, fd, from, n))

// What else is needed here.
#define SMON_LIBPQ_USED(F) \
  F(PQconnectdb)           \
  F(PQconninfoFree)        \
  F(PQconninfoParse)       \
  F(PQconsumeInput)        \
  F(PQflush)               \
  F(PQfreemem)             \
  F(PQisBusy)              \
  F(PQsetErrorVerbosity)   \
  F(PQsetNoticeProcessor)  \
  F(PQsetnonblocking)      \
  F(PQsocket)

struct Library {
#define SMON_MEMBER(type, name, parameters, arguments) \
  decltype(&::name) name = nullptr;
  SMON_LIBPQ_FORWARDED(SMON_MEMBER)
#undef SMON_MEMBER
#define SMON_MEMBER(name) decltype(&::name) name = nullptr;
  SMON_LIBPQ_USED(SMON_MEMBER)
#undef SMON_MEMBER

  std::string error;  // empty when all of them were found
};

template <typename Function>
void Find(void* handle, const char* name, Function* function,
          std::string* error) {
  *function = reinterpret_cast<Function>(::dlsym(handle, name));
  if (*function == nullptr) *error = absl::StrCat("it has no ", name);
}

const Library& Pq() {
  static const auto* const library = [] {
    auto* loaded = new Library;
    // Its name says its interface, which has been the same since 2006. It is
    // never unloaded.
    void* const handle = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      loaded->error = ::dlerror();
      return loaded;
    }
#define SMON_FIND(type, name, parameters, arguments) \
  Find(handle, #name, &loaded->name, &loaded->error);
    SMON_LIBPQ_FORWARDED(SMON_FIND)
#undef SMON_FIND
#define SMON_FIND(name) Find(handle, #name, &loaded->name, &loaded->error);
    SMON_LIBPQ_USED(SMON_FIND)
#undef SMON_FIND
    return loaded;
  }();
  return *library;
}

absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Waits until a result can be taken, or the connection is broken.
void AwaitResult(PGconn* connection) {
  absl::Duration heard = Monotonic();
  while (true) {
    const int unsent = Pq().PQflush(connection);
    if (unsent < 0 || (unsent == 0 && !Pq().PQisBusy(connection))) return;
    pollfd socket = {Pq().PQsocket(connection),
                     static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                     0};
    if (socket.fd < 0) return;
    if (::poll(&socket, 1, kPollMillis) > 0) heard = Monotonic();
    if (current_wait != nullptr &&
        !current_wait->MayWaitOn(Monotonic() - heard)) {
      // Not PQcancel, which waits for the server itself. The server sees that
      // nobody listens any more.
      ::shutdown(socket.fd, SHUT_RDWR);
      current_wait = nullptr;
    }
    if ((socket.revents & ~POLLOUT) != 0 && !Pq().PQconsumeInput(connection)) {
      return;
    }
  }
}

// The last result of what was sent; null if it could not be.
PGresult* LastResult(PGconn* connection, int sent) {
  if (sent == 0) return nullptr;
  ScopedWait* const wait = current_wait;
  PGresult* last = nullptr;
  while (true) {
    AwaitResult(connection);
    PGresult* const next = Pq().PQgetResult(connection);
    if (next == nullptr) break;
    // Of several, the first error is what counts.
    if (last != nullptr && Pq().PQresultStatus(last) == PGRES_FATAL_ERROR) {
      Pq().PQclear(next);
      continue;
    }
    Pq().PQclear(last);
    last = next;
  }
  current_wait = wait;
  return last;
}

}  // namespace

absl::Status LoadLibpq() {
  if (Pq().error.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("PostgreSQL's client library cannot be used (", Pq().error,
                   "); install libpq5"));
}

absl::StatusOr<std::vector<ConnectionParameter>> ParsePostgresUrl(
    const std::string& url) {
  absl::Status status = LoadLibpq();
  if (!status.ok()) return status;
  char* error = nullptr;
  PQconninfoOption* const options = Pq().PQconninfoParse(url.c_str(), &error);
  if (options == nullptr) {
    // What libpq says may hold a part of the url.
    Pq().PQfreemem(error);
    return absl::InvalidArgumentError(
        "libpq does not take it; see \"Connection URIs\" in PostgreSQL's "
        "manual");
  }
  std::vector<ConnectionParameter> parameters;
  for (const PQconninfoOption* option = options; option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    parameters.push_back({option->keyword, option->val});
  }
  Pq().PQconninfoFree(options);
  return parameters;
}

ScopedWait::ScopedWait(absl::Duration silence,
                       const std::function<bool()>& stop)
    : silence_(silence), stop_(stop), outer_(current_wait) {
  current_wait = this;
}

ScopedWait::~ScopedWait() { current_wait = outer_; }

bool ScopedWait::MayWaitOn(absl::Duration silent_for) {
  // Not asked again: what follows is only the clearing away.
  if (was_stopped_ || was_silent_) return false;
  was_stopped_ = stop_ && stop_();
  was_silent_ = !was_stopped_ && silent_for > silence_;
  return !was_stopped_ && !was_silent_;
}

}  // namespace smon

extern "C" {

#define SMON_FORWARD(type, name, parameters, arguments) \
  type name parameters { return smon::Pq().name arguments; }
SMON_LIBPQ_FORWARDED(SMON_FORWARD)
#undef SMON_FORWARD

PGconn* PQconnectdb(const char* parameters) {
  // Its time is limited by the parameter connect_timeout.
  PGconn* const connection = smon::Pq().PQconnectdb(parameters);
  if (connection == nullptr) return nullptr;
  smon::Pq().PQsetnonblocking(connection, 1);
  // Not with the values that a statement failed on.
  smon::Pq().PQsetErrorVerbosity(connection, PQERRORS_TERSE);
  // Notices would go to stderr.
  smon::Pq().PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  return connection;
}

PGresult* PQexec(PGconn* connection, const char* query) {
  return smon::LastResult(connection, PQsendQuery(connection, query));
}

PGresult* PQexecParams(PGconn* connection, const char* query, int n,
                       const Oid* types, const char* const* values,
                       const int* lengths, const int* formats,
                       int result_format) {
  return smon::LastResult(connection,
                          PQsendQueryParams(connection, query, n, types, values,
                                            lengths, formats, result_format));
}

PGresult* PQprepare(PGconn* connection, const char* name, const char* query,
                    int n, const Oid* types) {
  return smon::LastResult(connection,
                          PQsendPrepare(connection, name, query, n, types));
}

PGresult* PQexecPrepared(PGconn* connection, const char* name, int n,
                         const char* const* values, const int* lengths,
                         const int* formats, int result_format) {
  return smon::LastResult(
      connection, PQsendQueryPrepared(connection, name, n, values, lengths,
                                      formats, result_format));
}

}  // extern "C"
