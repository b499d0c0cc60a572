#ifndef SMON_SERVER_LISTEN_UNIX_SOCKET_H_
#define SMON_SERVER_LISTEN_UNIX_SOCKET_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace smon {

// Makes way for a socket that is to be bound to `path`: removes one that a
// program which is no more has left there. INVALID_ARGUMENT for a path that is
// not absolute, too long (107 bytes), or whose folder is not there;
// ALREADY_EXISTS where a program listens, or where something other than a
// socket lies.
absl::Status PrepareUnixSocket(const std::string& path);

// While it lives, what is created gets `mode` at most: for bind(), so that a
// socket is never open wider, not even for a moment. Holds for the whole
// process, so not to be kept for long.
class ScopedMode {
 public:
  explicit ScopedMode(mode_t mode) : before_(umask(~mode & 0777)) {}
  ~ScopedMode() { umask(before_); }
  ScopedMode(const ScopedMode&) = delete;
  ScopedMode& operator=(const ScopedMode&) = delete;

 private:
  const mode_t before_;
};

}  // namespace smon

#endif  // SMON_SERVER_LISTEN_UNIX_SOCKET_H_
