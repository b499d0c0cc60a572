#include "server/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace smon {
namespace {

constexpr rlim_t kMostUsed = 65536;
constexpr int kMostConnections = 16384;

}  // namespace

int RaiseOpenFiles() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t wanted = std::min(limit.rlim_max, kMostUsed);
  if (limit.rlim_cur < wanted) {
    const rlimit raised = {wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<int>(std::min(limit.rlim_cur, kMostUsed));
}

FileShares ShareFiles(int open_files) {
  const auto share = [open_files](int sixteenths) {
    return std::clamp(open_files / 16 * sixteenths, 1, kMostConnections);
  };
  return {share(9), share(4), share(1)};
}

}  // namespace smon
