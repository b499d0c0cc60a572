#ifndef SMON_CLIENT_EXIT_STATUS_H_
#define SMON_CLIENT_EXIT_STATUS_H_

#include "absl/status/status.h"

namespace smon::client {

// smonctl's exit statuses, for scripts. Never renumber.
enum class ExitStatus {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kNotFound = 3,
  kNotAllowed = 4,
  kUnreachable = 5,
  kDeadline = 6,
};

// The one that says what went wrong.
ExitStatus ExitStatusFor(const absl::Status& status);

// The list of them, for --help.
extern const char kExitStatusHelp[];

}  // namespace smon::client

#endif  // SMON_CLIENT_EXIT_STATUS_H_
