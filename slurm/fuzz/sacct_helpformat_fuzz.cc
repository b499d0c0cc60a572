// Input: what `sacct --helpformat` prints.

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/sacct.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  const absl::string_view output = smon::FuzzInput(data, size).Rest();
  const auto capabilities = ParseSacctHelpformat(output);
  if (!capabilities.ok()) return 0;
  // It asks for no field that is not there.
  const std::vector<std::string> argv = SacctArgv(
      {}, *capabilities, absl::UnixEpoch(), absl::InfiniteFuture(), "@");
  for (const absl::string_view field : absl::StrSplit(argv.back(), ',')) {
    SMON_FUZZ_CHECK(absl::StrContains(output, field));
  }
  return 0;
}
