// Input: a line each with the job's name, the user, and the values that are
// known, as letters of the patterns; then the pattern.

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "slurm/filename_pattern.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  smon::FuzzInput input(data, size);
  const std::string name(input.Line());
  const std::string user(input.Line());
  const absl::string_view known = input.Line();
  const absl::string_view pattern = input.Rest();
  PatternValues values;
  if (absl::StrContains(known, "j")) values.job_id = 23;
  if (absl::StrContains(known, "A")) values.array_job_id = INT64_MAX;
  if (absl::StrContains(known, "a")) values.array_task_id = kNoArrayTask;
  if (absl::StrContains(known, "3")) values.array_task_id = 3;
  if (absl::StrContains(known, "N")) values.host = "n1";
  if (absl::StrContains(known, "u")) values.user = user;
  if (absl::StrContains(known, "x")) values.job_name = name;
  if (absl::StrContains(known, "b")) values.has_modulo_pattern = true;
  if (absl::StrContains(known, "B")) values.has_modulo_pattern = false;

  const auto path = ExpandFilenamePattern(pattern, values);
  const bool has_percent = absl::StrContains(pattern, "%");
  const bool has_backslash = absl::StrContains(pattern, "\\");
  if (!path.ok()) {
    SMON_FUZZ_CHECK(has_percent && !has_backslash);
    return 0;
  }
  if (!has_percent && !has_backslash) SMON_FUZZ_CHECK(*path == pattern);
  if (has_backslash) {
    SMON_FUZZ_CHECK(path->size() < pattern.size());
    SMON_FUZZ_CHECK(path->size() >= pattern.size() / 2);
  } else {
    // No letter stands for more than a number with 19 digits, or a text.
    const size_t most = std::max({name.size(), user.size(), size_t{19}});
    const size_t percents = std::count(pattern.begin(), pattern.end(), '%');
    SMON_FUZZ_CHECK(path->size() <= pattern.size() + percents * most);
  }
  const bool has_nul = (name + user).find('\0') != std::string::npos ||
                       pattern.find('\0') != absl::string_view::npos;
  SMON_FUZZ_CHECK(has_nul || path->find('\0') == std::string::npos);
  return 0;
}
