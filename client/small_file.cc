#include "client/small_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace smon::client {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

bool IsPipe(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

// True when there is something to read, or the end.
bool WaitForInput(int fd, absl::Time end) {
  const int64_t left =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(end - absl::Now()));
  pollfd state{fd, POLLIN, 0};
  return poll(&state, 1, static_cast<int>(left)) == 1;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path,
                                          absl::Duration patience) {
  // Opening a pipe must not wait for its writer.
  const FileDescriptor file(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    const std::string error = std::strerror(errno);
    if (errno == ENOENT) return absl::NotFoundError(error);
    return absl::FailedPreconditionError(error);
  }
  const absl::Time end = absl::Now() + patience;
  std::string text(kSmallFileBytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), &text[size], text.size() - size);
    if (got == 0) break;
    if (got > 0) {
      size += static_cast<size_t>(got);
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::FailedPreconditionError(std::strerror(errno));
    } else if (!WaitForInput(file.get(), end)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "nothing came from it within ", absl::FormatDuration(patience)));
    }
  }
  if (size > kSmallFileBytes) {
    return absl::FailedPreconditionError("it is longer than 1 MiB");
  }
  if (size == 0 && IsPipe(file.get())) {
    return absl::FailedPreconditionError("it is a pipe, and nobody writes");
  }
  text.resize(size);
  return text;
}

}  // namespace smon::client
