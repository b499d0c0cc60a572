// Input: a line with the version of the API (38, 41, …), then slurmrestd's
// answer.

#include <string>

#include "absl/strings/numbers.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/fuzz/job_records.h"
#include "slurm/rest/rest_jobs.h"
#include "slurm/rest/test_source.h"
#include "slurm/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  smon::FuzzInput input(data, size);
  int version = 38;
  if (!absl::SimpleAtoi(input.Line(), &version)) version = 38;
  const std::string text(input.Rest());

  const auto read = [&](size_t piece, IsNews is_news) {
    TestSource source(text, piece);
    return ReadRestJobs(&source, version, {}, is_news);
  };
  const auto whole = read(1 << 20, Everything);
  const auto in_pieces = read(7, Everything);
  SMON_FUZZ_CHECK(whole.ok() == in_pieces.ok());
  if (!whole.ok()) return 0;
  for (const JobRecord& job : whole->snapshot.jobs) CheckRecord(job);
  CheckSameRecords(whole->snapshot, in_pieces->snapshot);
  const auto heads = read(1 << 20, Nothing);
  SMON_FUZZ_CHECK(heads.ok());
  SMON_FUZZ_CHECK(heads->snapshot.jobs.empty());
  return 0;
}
