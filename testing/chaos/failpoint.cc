// What SMON_FAILPOINT does where it is linked in: ends the process as kill -9
// would, at the failpoint that the environment names.
//
//   SMON_FAILPOINT=answers.before_commit      the first time that it is reached
//   SMON_FAILPOINT=answers.before_commit:3    the third time
//
// Or what a file says that may come and go while the process runs:
//
//   SMON_FAILPOINT_FILE=/path     "store.before_commit kill" in it
//                                 "store.before_commit stop": until SIGCONT
//
// That happens once: who finds its name in the file removes it, and does it.

#include "common/failpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

namespace {

constexpr char kPrefix[] = "failpoint:";

struct Target {
  std::string name;  // as SmonFailpointHit gets it; empty for none
  std::atomic<int> hits_left{1};

  Target() {
    const char* const setting = std::getenv("SMON_FAILPOINT");
    if (setting == nullptr) return;
    name = std::string(kPrefix) + setting;
    const size_t colon = name.find(':', sizeof(kPrefix) - 1);
    if (colon == std::string::npos) return;
    hits_left = std::atoi(name.c_str() + colon + 1);
    name.resize(colon);
  }
};

Target& TheTarget() {
  static auto* const target = new Target();
  return *target;
}

// The signal that the file has for the failpoint; 0 for none.
int SignalFromFile(absl::string_view name) {
  static const char* const path = std::getenv("SMON_FAILPOINT_FILE");
  if (path == nullptr) return 0;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char buffer[256];
  const ssize_t size = read(fd, buffer, sizeof(buffer));
  close(fd);
  const std::string text(buffer, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t blank = text.find(' ');
  if (blank == std::string::npos || kPrefix + text.substr(0, blank) != name) {
    return 0;
  }
  if (unlink(path) != 0) return 0;  // another thread was faster
  return text.substr(blank + 1) == "stop" ? SIGSTOP : SIGKILL;
}

}  // namespace

void SmonFailpointHit(const char* name) {
  if (const int signal = SignalFromFile(name); signal != 0) {
    // To this thread, which then is held, or ends, right here.
    ::raise(signal);
  }
  Target& target = TheTarget();
  if (target.name != name || --target.hits_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  // The signal may reach other threads first: this one goes no further.
  for (;;) ::pause();
}
