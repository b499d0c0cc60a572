#ifndef SMON_CLIENT_DETACH_H_
#define SMON_CLIENT_DETACH_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace smon::client {

// Who goes on after Detach().
enum class Detached {
  kCaller,      // the process that whoever started us waits for
  kBackground,  // the one that has the work to do
};

// Splits the process, so that who started it need not wait for the work. The
// background process is a session of its own, for slurmctld kills what is left
// of a hook's process group; it has /dev/null for standard streams, so that
// nobody waits for the end of a pipe, and is ended by SIGALRM when it lives for
// a minute, or twice `timeout` where that is less.
//
// The caller goes on once all that holds, after a second at most. To be called
// before any thread is started. Where no process can be made, kCaller: the work
// is left undone.
Detached Detach(absl::Duration timeout);

// One line, with control characters escaped.
void LogToSyslog(const absl::Status& status);

}  // namespace smon::client

#endif  // SMON_CLIENT_DETACH_H_
