// Input: a line with the job's name, one with sbatch's command line; then the
// batch script.

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/sbatch_options.h"

namespace {

using smon::slurm::OutputOption;

// An answer has a pattern if, and only if, it is certain of one; and none is
// made up.
void CheckOption(const OutputOption& option, absl::string_view text) {
  const bool present = option.answer == OutputOption::Answer::kPresent;
  SMON_FUZZ_CHECK(present || option.pattern.empty());
  SMON_FUZZ_CHECK(option.pattern.size() <= text.size());
  if (present) SMON_FUZZ_CHECK(absl::StrContains(text, "o"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  smon::FuzzInput input(data, size);
  const absl::string_view name = input.Line();
  const absl::string_view line = input.Line();
  const absl::string_view script = input.Rest();

  const OutputOption in_line = OutputFromSubmitLine(line, name);
  CheckOption(in_line, line);
  SMON_FUZZ_CHECK(absl::StrContains(line, in_line.pattern));
  SMON_FUZZ_CHECK(!absl::StrContains(in_line.pattern, " "));
  SMON_FUZZ_CHECK(!in_line.is_wrapped || absl::StrContains(line, "--w"));

  const OutputOption in_script = OutputFromScript(script);
  CheckOption(in_script, script);
  SMON_FUZZ_CHECK(!absl::StrContains(in_script.pattern, "\n"));
  SMON_FUZZ_CHECK(!absl::StrContains(in_script.pattern, "\\"));
  SMON_FUZZ_CHECK(!in_script.is_wrapped);
  // What follows the first command changes nothing.
  if (absl::EndsWith(script, "\n")) {
    const std::string longer(script);
    const OutputOption again =
        OutputFromScript(longer + "true\n#SBATCH -o forged\n");
    SMON_FUZZ_CHECK(again.answer == in_script.answer);
    SMON_FUZZ_CHECK(again.pattern == in_script.pattern);
  }
  return 0;
}
