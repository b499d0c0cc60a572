// What SMON_FAILPOINT does where it is linked in: ends the process as kill -9
// would, at the failpoint that the environment names.
//
//   SMON_FAILPOINT=answers.before_commit      the first time that it is reached
//   SMON_FAILPOINT=answers.before_commit:3    the third time

#include "common/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace {

struct Target {
  std::string name;  // as SmonFailpointHit gets it; empty for none
  std::atomic<int> hits_left{1};

  Target() {
    const char* const setting = std::getenv("SMON_FAILPOINT");
    if (setting == nullptr) return;
    name = std::string("failpoint:") + setting;
    const size_t colon = name.find(':', sizeof("failpoint"));
    if (colon == std::string::npos) return;
    hits_left = std::atoi(name.c_str() + colon + 1);
    name.resize(colon);
  }
};

Target& TheTarget() {
  static auto* const target = new Target();
  return *target;
}

}  // namespace

void SmonFailpointHit(const char* name) {
  Target& target = TheTarget();
  if (target.name != name || --target.hits_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  // The signal may reach other threads first: this one goes no further.
  for (;;) ::pause();
}
