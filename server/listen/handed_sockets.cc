#include "server/listen/handed_sockets.h"

#include <sys/stat.h>

#include <iterator>

namespace smon {

bool HandedSockets::Add(int fd) {
  struct stat status = {};
  if (fstat(fd, &status) != 0) return false;
  // Whatever had the number before is closed.
  inodes_[fd] = status.st_ino;
  return true;
}

int HandedSockets::CountOpen() {
  for (auto it = inodes_.begin(); it != inodes_.end();) {
    struct stat status = {};
    const bool open = fstat(it->first, &status) == 0 &&
                      S_ISSOCK(status.st_mode) && status.st_ino == it->second;
    it = open ? std::next(it) : inodes_.erase(it);
  }
  return AtMost();
}

}  // namespace smon
