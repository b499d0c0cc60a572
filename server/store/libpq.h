#ifndef SMON_SERVER_STORE_LIBPQ_H_
#define SMON_SERVER_STORE_LIBPQ_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libpq-fe.h"

// PostgreSQL's client library, which is loaded when it is first needed, so that
// smonsvc runs without it where SQLite is used. SOCI's calls of it end in
// libpq.cc. Those that wait for the server do so for a limited time, and can be
// stopped.
namespace smon {

// Has to be OK before any function of libpq-fe.h is called. FAILED_PRECONDITION
// where the library is not installed or too old. Thread-safe.
absl::Status LoadLibpq();

// A parameter of a connection, such as {"host", "db1"}.
struct ConnectionParameter {
  std::string name;
  std::string value;
};

// The parameters that the url (postgresql://…) sets, in libpq's order.
// INVALID_ARGUMENT for one that libpq does not take; the message does not hold
// the url.
absl::StatusOr<std::vector<ConnectionParameter>> ParsePostgresUrl(
    const std::string& url);

// While this lives, each statement of this thread breaks its connection when
// nothing has come from the server for `silence`, or soon after `stop` (asked
// 200 times a second, unless it is empty) returns true. `stop` outlives this
// object. Without one of these, a statement waits for as long as it takes.
class ScopedWait {
 public:
  ScopedWait(absl::Duration silence, const std::function<bool()>& stop);
  ~ScopedWait();
  ScopedWait(const ScopedWait&) = delete;
  ScopedWait& operator=(const ScopedWait&) = delete;

  // Whether a statement was given up for the one reason or the other.
  bool was_silent() const { return was_silent_; }
  bool was_stopped() const { return was_stopped_; }

  // For libpq.cc. Whether to wait on; `silent_for` is since the server was last
  // heard of.
  bool MayWaitOn(absl::Duration silent_for);

 private:
  const absl::Duration silence_;
  const std::function<bool()>& stop_;
  bool was_silent_ = false;
  bool was_stopped_ = false;
  ScopedWait* const outer_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_LIBPQ_H_
