#include "testing/attrsvc_standin/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace smon::attrsvc_standin {
namespace {

constexpr int64_t kTailBytes = 1 << 20;

// The path with what exists of it resolved.
std::string Resolve(const std::string& path) {
  std::error_code error;
  const auto resolved = std::filesystem::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

bool IsBelow(const std::string& path, const std::string& root) {
  const std::string resolved_root = Resolve(root);
  const std::string resolved = Resolve(path);
  absl::string_view rest = resolved;
  return absl::ConsumePrefix(&rest, absl::StripSuffix(resolved_root, "/")) &&
         absl::StartsWith(rest, "/");
}

LogFile Failed(const char* error_code) {
  LogFile file;
  file.error_code = error_code;
  return file;
}

std::string ReadTail(int fd, int64_t size) {
  std::string tail(std::min(size, kTailBytes), '\0');
  size_t have = 0;
  const int64_t begin = size - static_cast<int64_t>(tail.size());
  while (have < tail.size()) {
    const ssize_t got =
        pread(fd, &tail[have], tail.size() - have, begin + have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += got;
  }
  tail.resize(have);
  return tail;
}

LogFile ReadOpen(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed("not_readable");
  if (!S_ISREG(info.st_mode)) return Failed("not_regular");
  LogFile file;
  file.size = info.st_size;
  file.modified_ns =
      int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  file.tail = ReadTail(fd, info.st_size);
  if (file.tail.empty()) file.error_code = "empty_file";
  return file;
}

}  // namespace

LogFile ReadLogFile(const std::string& path, const std::string& allowed_root) {
  if (!absl::StartsWith(path, "/") || path.size() >= PATH_MAX ||
      path.find('\0') != std::string::npos) {
    return Failed("invalid_path");
  }
  if (!allowed_root.empty() && !IsBelow(path, allowed_root)) {
    return Failed("outside_root");
  }
  // Opening a FIFO must not wait for its writer.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Failed("not_found");
    // A socket.
    if (errno == ENXIO) return Failed("not_regular");
    return Failed("not_readable");
  }
  const LogFile file = ReadOpen(fd);
  close(fd);
  return file;
}

}  // namespace smon::attrsvc_standin
