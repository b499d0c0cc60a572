#ifndef SMON_SERVER_LISTEN_HANDED_SOCKETS_H_
#define SMON_SERVER_LISTEN_HANDED_SOCKETS_H_

#include <sys/types.h>

#include <unordered_map>

namespace smon {

// Counts the sockets of this process that were handed to an owner who closes
// them and tells nobody. A descriptor is still that socket while its inode is
// the same: the number may have been given to another file since.
//
//   sockets.Add(fd);
//   owner->Take(fd);
//   ...
//   if (sockets.CountOpen() < kMost) ...
//
// Not thread-safe.
class HandedSockets {
 public:
  // Before it is handed over. False, with errno, for what is no open file.
  bool Add(int fd);

  // Those that may be open: never fewer than there are.
  int AtMost() const { return static_cast<int>(inodes_.size()); }
  // Looks at each, some 0.3 µs, and forgets those that are closed.
  int CountOpen();

 private:
  std::unordered_map<int, ino_t> inodes_;  // by descriptor
};

}  // namespace smon

#endif  // SMON_SERVER_LISTEN_HANDED_SOCKETS_H_
