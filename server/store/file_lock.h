#ifndef SMON_SERVER_STORE_FILE_LOCK_H_
#define SMON_SERVER_STORE_FILE_LOCK_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace smon {

// Holds a database's file for this process alone, by flock(2) on PATH.lock
// next to it: the kernel lets go of it when the process ends, however it ends.
// The lock file stays.
class FileLock {
 public:
  // Also makes the file (mode 0600) and its directory (0700; the last one
  // only) where they are missing. FAILED_PRECONDITION when another process has
  // the lock; UNAVAILABLE, with the path and the mend, when something cannot
  // be made or written.
  static absl::StatusOr<std::unique_ptr<FileLock>> Take(
      const std::string& path);

  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // UNAVAILABLE when the path no longer leads to the file that was taken. A
  // removed file can be written to, but all of it is gone at the next start.
  absl::Status CheckFile() const;

 private:
  FileLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  const int fd_;
  // Of the file, not of the lock.
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_FILE_LOCK_H_
