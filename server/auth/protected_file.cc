#include "server/auth/protected_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace smon {
namespace {

constexpr size_t kMostBytes = 1 << 20;

int64_t Nanos(const timespec& time) {
  return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
}

absl::Status CheckMode(const std::string& path, const struct stat& status,
                       Secrecy secrecy) {
  if (!S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path, "' is no regular file"));
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "'", path, "' may be written by everybody; chmod o-rwx it"));
  }
  if (secrecy == Secrecy::kPublic || (status.st_mode & S_IROTH) == 0) {
    return absl::OkStatus();
  }
  if (secrecy == Secrecy::kPrivate) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path, "' may be read by everybody; chmod o-rwx it"));
  }
  LogWarning("a file may be read by everybody; chmod o-rwx it",
             {{"path", path}});
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& path) {
  std::string content(kMostBytes + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = read(fd, &content[size], content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot read '", path, "': ", std::strerror(errno)));
    }
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kMostBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path, "' is larger than 1 MiB"));
  }
  content.resize(size);
  return content;
}

}  // namespace

FileStamp StampOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, Nanos(status.st_mtim),
          Nanos(status.st_ctim)};
}

absl::StatusOr<std::string> ReadProtectedFile(const std::string& path,
                                              Secrecy secrecy) {
  // Not to wait for a writer, should it be a pipe.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status = {};
  if (fd < 0 || fstat(fd, &status) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return absl::UnavailableError(
        absl::StrCat("cannot read '", path, "': ", std::strerror(error)));
  }
  absl::StatusOr<std::string> content = std::string();
  if (const absl::Status mode = CheckMode(path, status, secrecy); mode.ok()) {
    content = ReadAll(fd, path);
  } else {
    content = mode;
  }
  close(fd);
  return content;
}

}  // namespace smon
