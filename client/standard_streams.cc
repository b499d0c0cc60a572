#include "client/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace smon::client {

void KeepStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // open() takes the lowest number that is free: this one. The wrong way
    // round, so that using it is the error EBADF.
    const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) < 0) return;
  }
}

}  // namespace smon::client
