#ifndef SMON_TESTING_BENCH_PROCESS_USAGE_H_
#define SMON_TESTING_BENCH_PROCESS_USAGE_H_

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {

// What this process itself has used, its children left out.
inline absl::Duration CpuTime() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

// The user and kernel time of the clock ticks in /proc/PID/stat; with `reaped`,
// those of its children that have ended, too.
inline int64_t TicksOf(const std::string& pid, bool reaped) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string stat((std::istreambuf_iterator<char>(file)), {});
  // The second field is the program's name in brackets, whatever that holds.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  int64_t ticks = 0;
  for (int i = 0; i < (reaped ? 4 : 2); ++i) {
    int64_t value = 0;
    if (fields >> value) ticks += value;
  }
  return ticks;
}

// What another process and its children have used; 0 for the pid 0.
inline absl::Duration CpuTimeOfFamily(int64_t pid) {
  if (pid == 0) return absl::ZeroDuration();
  const std::string name = std::to_string(pid);
  int64_t ticks = TicksOf(name, /*reaped=*/true);
  std::ifstream children("/proc/" + name + "/task/" + name + "/children");
  std::string child;
  while (children >> child) ticks += TicksOf(child, /*reaped=*/false);
  return absl::Seconds(1) * ticks / ::sysconf(_SC_CLK_TCK);
}

// "VmRSS:" (now) or "VmHWM:" (the most so far) of /proc/self/status.
inline int64_t MemoryKib(absl::string_view field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    int64_t kib = 0;
    if (word == field && status >> kib) return kib;
  }
  return 0;
}

// CPU and wall time since it was made.
class Stopwatch {
 public:
  absl::Duration cpu() const { return CpuTime() - cpu_; }
  absl::Duration wall() const { return absl::Now() - start_; }

 private:
  const absl::Time start_ = absl::Now();
  const absl::Duration cpu_ = CpuTime();
};

}  // namespace smon

#endif  // SMON_TESTING_BENCH_PROCESS_USAGE_H_
