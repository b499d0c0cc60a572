// list_bench SMONCTL [JOBS] - what 'smonctl jobs' costs in each format, with a
// MonitorService stand-in that costs next to nothing: 100,000 jobs by default.
//
// Wall is from the start of the program to its end, stand-in included; cpu is
// smonctl's own.

#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"

namespace smon::client {
namespace {

constexpr int kUsualJobs = 100000;

absl::Duration CpuOfChildren(const rusage& usage) {
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

// False when smonctl fails.
bool Measure(const std::string& smonctl, const FakeMonitor& monitor,
             const std::string& format) {
  ProgramOptions options;
  options.out_path = "/dev/null";
  options.environment = {"TZ=UTC"};
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_CHILDREN, &before);
  const absl::Time start = absl::Now();
  const ProgramRun run = RunProgram(
      {smonctl, "--address=" + monitor.address(), "jobs", "--output=" + format},
      options);
  const absl::Duration wall = absl::Now() - start;
  getrusage(RUSAGE_CHILDREN, &after);
  if (run.exit_status != 0) {
    std::fprintf(stderr, "%s: %s\n", format.c_str(), run.err.c_str());
    return false;
  }
  std::printf(
      "%-8s %8.2f %8.2f\n", format.c_str(), absl::ToDoubleSeconds(wall),
      absl::ToDoubleSeconds(CpuOfChildren(after) - CpuOfChildren(before)));
  return true;
}

int Main(const std::string& smonctl, int jobs) {
  FakeMonitor monitor;
  for (int i = 1; i <= jobs; ++i) {
    monitor.jobs.push_back(FailedJob(absl::StrCat(i)));
  }
  std::printf("%d jobs\n%-8s %8s %8s\n", jobs, "format", "wall s", "cpu s");
  for (const char* format : {"jsonl", "json", "name", "csv", "table", "yaml"}) {
    if (!Measure(smonctl, monitor, format)) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace smon::client

int main(int argc, char** argv) {
  int jobs = smon::client::kUsualJobs;
  if (argc < 2 || argc > 3 ||
      (argc == 3 && (!absl::SimpleAtoi(argv[2], &jobs) || jobs < 1))) {
    std::fprintf(stderr, "usage: list_bench SMONCTL [JOBS]\n");
    return 2;
  }
  return smon::client::Main(argv[1], jobs);
}
