// Input: a line with the job ids asked for, separated by spaces; then what
// `sacct --batch-script` prints.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "slurm/batch_scripts.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const std::vector<std::string> ids =
      absl::StrSplit(input.Line(), ' ', absl::SkipEmpty());
  const absl::string_view output = input.Rest();
  size_t total = 0;
  for (const auto& [id, script] : smon::slurm::ParseBatchScripts(output, ids)) {
    SMON_FUZZ_CHECK(std::find(ids.begin(), ids.end(), id) != ids.end());
    SMON_FUZZ_CHECK(!script.empty());
    // All of it is one piece of the output, under one heading of its own.
    const size_t heading = output.find("Batch Script for " + id + "\n");
    SMON_FUZZ_CHECK(heading != absl::string_view::npos);
    SMON_FUZZ_CHECK(absl::StrContains(output.substr(heading), script));
    total += script.size();
  }
  SMON_FUZZ_CHECK(total <= output.size());
  return 0;
}
