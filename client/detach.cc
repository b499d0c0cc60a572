#include "client/detach.h"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>

#include "common/utf8.h"

namespace smon::client {
namespace {

constexpr int64_t kLongestSeconds = 60;

void UseDevNull() {
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) {
    // A pipe that stays open would make its reader wait.
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) close(fd);
    return;
  }
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
}

}  // namespace

Detached Detach(absl::Duration timeout) {
  if (fork() != 0) return Detached::kCaller;
  setsid();
  UseDevNull();
  std::signal(SIGALRM, SIG_DFL);
  alarm(static_cast<unsigned>(std::clamp<int64_t>(
      absl::ToInt64Seconds(2 * timeout), 1, kLongestSeconds)));
  return Detached::kBackground;
}

void LogToSyslog(const absl::Status& status) {
  const std::string message(status.message().data(), status.message().size());
  openlog("smonctl", LOG_PID, LOG_DAEMON);
  syslog(LOG_WARNING, "notify: %s", ToPrintable(message).c_str());
  closelog();
}

}  // namespace smon::client
