#ifndef SMON_TESTING_BENCH_PROCESS_USAGE_H_
#define SMON_TESTING_BENCH_PROCESS_USAGE_H_

#include <sys/resource.h>

#include <cstdint>
#include <fstream>
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
