#include "server/store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status_macros.h"

namespace smon {
namespace {

absl::string_view MendFor(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "let the user of smonsvc write it and its directory, or choose "
             "another --store";
    case ENOENT:
      return "create its directory, or choose another --store";
    case ENOSPC:
    case EDQUOT:
      return "free some space, or choose another --store";
    default:
      return "choose another --store";
  }
}

absl::Status FileError(const std::string& path, absl::string_view what,
                       int error) {
  return absl::UnavailableError(absl::StrCat("store ", path, ": ", what, ": ",
                                             std::strerror(error), "; ",
                                             MendFor(error)));
}

absl::Status MakeDirectoryOf(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/'));
  if (directory.empty() || ::mkdir(directory.c_str(), 0700) == 0 ||
      errno == EEXIST) {
    return absl::OkStatus();
  }
  // It may be there all the same, on a read-only file system for one.
  const int error = errno;
  if (::access(directory.c_str(), F_OK) == 0) return absl::OkStatus();
  return FileError(path, absl::StrCat("cannot create ", directory), error);
}

absl::StatusOr<int> OpenForWriting(const std::string& path,
                                   const std::string& store) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return FileError(store, absl::StrCat("cannot write ", path), errno);
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Take(
    const std::string& path) {
  SMON_RETURN_IF_ERROR(MakeDirectoryOf(path));
  const std::string lock_path = absl::StrCat(path, ".lock");
  SMON_ASSIGN_OR_RETURN(const int lock_fd, OpenForWriting(lock_path, path));
  std::unique_ptr<FileLock> lock(new FileLock(path, lock_fd));
  if (::flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return absl::FailedPreconditionError(
          absl::StrCat("another smonsvc uses ", path, " (it holds ", lock_path,
                       "); stop it, or give this one another --store"));
    }
    return FileError(path, absl::StrCat("cannot lock ", lock_path), errno);
  }
  // Only now: closing a file drops all locks that SQLite holds on it in this
  // process.
  SMON_ASSIGN_OR_RETURN(const int fd, OpenForWriting(path, path));
  struct stat info {};
  const bool known = ::fstat(fd, &info) == 0;
  const int error = errno;
  ::close(fd);
  if (!known) return FileError(path, "cannot read it", error);
  lock->device_ = info.st_dev;
  lock->inode_ = info.st_ino;
  return lock;
}

absl::Status FileLock::CheckFile() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0 && info.st_dev == device_ &&
      info.st_ino == inode_) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      "store ", path_,
      ": the file was removed or replaced while smonsvc used it; put it back, "
      "or restart smonsvc to go on with what is there"));
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace smon
