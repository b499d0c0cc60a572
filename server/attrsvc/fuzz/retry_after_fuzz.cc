// Input: a line with the time in seconds since 1970, then the header's value.

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "server/attrsvc/answers.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  int64_t now = 0;
  if (!absl::SimpleAtoi(input.Line(), &now)) now = 0;
  const auto wait =
      smon::ParseRetryAfter(input.Rest(), absl::FromUnixSeconds(now));
  if (!wait.has_value()) return 0;
  SMON_FUZZ_CHECK(*wait >= absl::ZeroDuration());
  SMON_FUZZ_CHECK(*wait <= absl::Hours(1));
  return 0;
}
