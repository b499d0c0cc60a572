// Input: squeue's output, with the separators of testdata/.

#include "slurm/fuzz/fuzz.h"
#include "slurm/fuzz/job_records.h"
#include "slurm/squeue.h"
#include "slurm/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  constexpr size_t kFields = 16;
  const absl::string_view output = smon::FuzzInput(data, size).Rest();
  const auto snapshot = ParseSqueue(output, kTestSeparator, Everything);
  if (!snapshot.ok()) return 0;
  CheckSnapshot(*snapshot, output, kTestSeparator, kFields);
  for (const JobRecord& job : snapshot->jobs) {
    SMON_FUZZ_CHECK(!job.from_accounting);
    SMON_FUZZ_CHECK(job.is_batch.has_value());
    SMON_FUZZ_CHECK(job.submit_line.empty());
    SMON_FUZZ_CHECK(!job.exit_status || IsEnded(job.state));
    SMON_FUZZ_CHECK(!IsEnded(job.state) || !job.batch_host.empty() ||
                    !job.start_time);
    SMON_FUZZ_CHECK(job.work_dir != "(null)");
    SMON_FUZZ_CHECK(job.stdout_pattern != "(null)");
  }
  const auto heads = ParseSqueue(output, kTestSeparator, Nothing);
  SMON_FUZZ_CHECK(heads.ok());
  CheckHeads(*snapshot, *heads);
  return 0;
}
