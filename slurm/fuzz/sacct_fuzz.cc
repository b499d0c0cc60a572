// Input: a line with a digit, the capabilities as bits; then sacct's output,
// with the separator of testdata/.

#include <cstdlib>

#include "slurm/fuzz/fuzz.h"
#include "slurm/fuzz/job_records.h"
#include "slurm/sacct.h"
#include "slurm/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  smon::FuzzInput input(data, size);
  const absl::string_view digit = input.Line();
  const int bits = digit.empty() ? 0 : digit[0] - '0';
  SacctCapabilities capabilities;
  capabilities.work_dir = (bits & 1) != 0;
  capabilities.submit_line = (bits & 2) != 0;
  capabilities.stdout_field = (bits & 4) != 0;
  const size_t fields = 11u + capabilities.work_dir + capabilities.submit_line +
                        capabilities.stdout_field;

  const absl::string_view output = input.Rest();
  const auto snapshot =
      ParseSacct(output, kTestSeparator, capabilities, Everything);
  if (!snapshot.ok()) return 0;
  CheckSnapshot(*snapshot, output, kTestSeparator, fields);
  for (const JobRecord& job : snapshot->jobs) {
    SMON_FUZZ_CHECK(IsEnded(job.state));
    SMON_FUZZ_CHECK(job.from_accounting);
    SMON_FUZZ_CHECK(capabilities.work_dir || job.work_dir.empty());
    SMON_FUZZ_CHECK(capabilities.submit_line || job.submit_line.empty());
    SMON_FUZZ_CHECK(capabilities.stdout_field || job.stdout_pattern.empty());
  }
  const auto heads = ParseSacct(output, kTestSeparator, capabilities, Nothing);
  SMON_FUZZ_CHECK(heads.ok());
  CheckHeads(*snapshot, *heads);
  return 0;
}
