// Input: what `scontrol show config` prints.

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "slurm/cluster_info.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view output = smon::FuzzInput(data, size).Rest();
  const auto info = smon::slurm::ParseClusterInfo(output);
  if (!info.ok()) return 0;
  SMON_FUZZ_CHECK(!info->name.empty());
  for (const std::string* text : {&info->name, &info->version}) {
    SMON_FUZZ_CHECK(absl::StrContains(output, *text));
    SMON_FUZZ_CHECK(text->find('\n') == std::string::npos);
  }
  SMON_FUZZ_CHECK(info->min_job_age >= absl::ZeroDuration());
  SMON_FUZZ_CHECK(info->min_job_age < absl::InfiniteDuration());
  return 0;
}
