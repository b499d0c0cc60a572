#ifndef SMON_COMMON_SCOPED_FD_H_
#define SMON_COMMON_SCOPED_FD_H_

#include <unistd.h>

#include <utility>

namespace smon {

// Owns a file descriptor, or none (below 0), and closes it.
class ScopedFd {
 public:
  ScopedFd() = default;
  explicit ScopedFd(int fd) : fd_(fd) {}
  ScopedFd(ScopedFd&& other) noexcept : fd_(other.Release()) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }

  int get() const { return fd_; }
  // Hands it to the caller.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace smon

#endif  // SMON_COMMON_SCOPED_FD_H_
