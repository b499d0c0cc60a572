#include "server/metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/metrics/families.h"

namespace smon {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The fields of /proc/self/stat after the program's name, which may hold
// anything: proc(5) counts the first of them as the third.
std::vector<std::string> StatFields() {
  const std::string stat = ReadFile("/proc/self/stat");
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(stat.substr(name_end + 2), ' ');
}

std::optional<double> Field(const std::vector<std::string>& fields,
                            size_t number) {
  double value = 0;
  if (number < 3 || number - 3 >= fields.size() ||
      !absl::SimpleAtod(fields[number - 3], &value)) {
    return std::nullopt;
  }
  return value;
}

// Seconds since 1970 at which the machine started.
std::optional<double> BootTime() {
  for (const absl::string_view line :
       absl::StrSplit(ReadFile("/proc/stat"), '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    double value = 0;
    if (words.size() == 2 && words[0] == "btime" &&
        absl::SimpleAtod(words[1], &value)) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<int> OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return std::nullopt;
  int entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return entries - 3;  // ".", ".." and this folder
}

void CollectFiles(Families* families) {
  if (const auto open = OpenFiles(); open.has_value()) {
    families->Gauge("process_open_fds", "Open file descriptors.", *open);
  }
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families->Gauge("process_max_fds", "Most open file descriptors.",
                    limit.rlim_cur == RLIM_INFINITY
                        ? std::numeric_limits<double>::infinity()
                        : static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  const std::vector<std::string> fields = StatFields();
  const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
  Families families;
  const auto user = Field(fields, 14);
  const auto system = Field(fields, 15);
  if (user.has_value() && system.has_value()) {
    families.Counter("process_cpu_seconds_total",
                     "User and system CPU time spent, in seconds.",
                     (*user + *system) * tick);
  }
  if (const auto threads = Field(fields, 20); threads.has_value()) {
    families.Gauge("process_threads", "Threads of the process.", *threads);
  }
  if (const auto bytes = Field(fields, 23); bytes.has_value()) {
    families.Gauge("process_virtual_memory_bytes",
                   "Virtual memory size in bytes.", *bytes);
  }
  if (const auto pages = Field(fields, 24); pages.has_value()) {
    families.Gauge("process_resident_memory_bytes",
                   "Resident memory size in bytes.", *pages * page);
  }
  const auto started = Field(fields, 22);
  const auto boot = BootTime();
  if (started.has_value() && boot.has_value()) {
    families.Gauge("process_start_time_seconds",
                   "Start of the process, in seconds since 1970.",
                   *boot + *started * tick);
  }
  CollectFiles(&families);
  return families.Take();
}

}  // namespace smon
