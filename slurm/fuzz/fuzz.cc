#include "slurm/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/log.h"

// Called once by libFuzzer, and by replay_main.cc.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  // A line for each malformed record would be all that a fuzzer does.
  smon::InitLog(smon::LogSeverity::kError, smon::LogFormat::kText);
  return 0;
}

namespace smon {

void FuzzCheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

absl::string_view FuzzInput::Line() {
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  const absl::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return line;
}

}  // namespace smon
