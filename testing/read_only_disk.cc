// A disk that becomes read-only beneath a program that runs: to be preloaded
// (LD_PRELOAD). While the file that $SMON_READ_ONLY names exists, nothing can
// be written to files at a position, cut off or opened to write: EROFS, as
// Linux answers once ext4 (errors=remount-ro) has met a fault. No mount can be
// made so from without while files on it are open.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>

namespace {

bool IsReadOnly() {
  const char* const flag = getenv("SMON_READ_ONLY");
  if (flag == nullptr || access(flag, F_OK) != 0) return false;
  errno = EROFS;
  return true;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if ((flags & (O_WRONLY | O_RDWR)) != 0 && IsReadOnly()) return -1;
  return Next<int(const char*, int, ...)>("open64")(path, flags, mode);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  if (IsReadOnly()) return -1;
  return Next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(fd, data,
                                                                      size, at);
}

int ftruncate64(int fd, off64_t size) {
  if (IsReadOnly()) return -1;
  return Next<int(int, off64_t)>("ftruncate64")(fd, size);
}

}  // extern "C"
