#ifndef SMON_SERVER_MONITOR_CHECK_H_
#define SMON_SERVER_MONITOR_CHECK_H_

#include <string>
#include <vector>

namespace smon {

// One thing that has to hold for the process to be well, or ready.
struct Check {
  std::string name;  // "poller"
  // What is wrong, in words that any client may read; empty while it holds.
  std::string problem;

  bool ok() const { return problem.empty(); }
};

using Checks = std::vector<Check>;

inline bool AllHold(const Checks& checks) {
  for (const Check& check : checks) {
    if (!check.ok()) return false;
  }
  return true;
}

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_CHECK_H_
