#include "client/detach.h"

#include <fcntl.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <string>

#include "common/utf8.h"

namespace smon::client {
namespace {

constexpr int64_t kLongestSeconds = 60;
constexpr int kReadyMilliseconds = 1000;

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
  std::array<int, 2> ready{-1, -1};  // closed by the other when it is apart
  if (pipe2(ready.data(), O_CLOEXEC) != 0) return Detached::kCaller;
  const pid_t child = fork();
  if (child != 0) {
    close(ready[1]);
    pollfd end{ready[0], POLLIN, 0};
    if (child > 0) poll(&end, 1, kReadyMilliseconds);
    close(ready[0]);
    return Detached::kCaller;
  }
  setsid();
  UseDevNull();
  std::signal(SIGALRM, SIG_DFL);
  alarm(static_cast<unsigned>(std::clamp<int64_t>(
      absl::ToInt64Seconds(2 * timeout), 1, kLongestSeconds)));
  close(ready[0]);
  close(ready[1]);
  return Detached::kBackground;
}

void LogToSyslog(const absl::Status& status) {
  const std::string message(status.message().data(), status.message().size());
  openlog("smonctl", LOG_PID, LOG_DAEMON);
  syslog(LOG_WARNING, "notify: %s", ToPrintable(message).c_str());
  closelog();
}

}  // namespace smon::client
