// Input: a job id.

#include "common/utf8.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/job_id.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smon::slurm;
  const absl::string_view text = smon::FuzzInput(data, size).Rest();
  const absl::StatusOr<JobId> id = ParseJobId(text);
  if (!id.ok()) {
    const std::string why(id.status().message());
    SMON_FUZZ_CHECK(why.size() < 1000);
    SMON_FUZZ_CHECK(smon::ToPrintable(why) == why);
    return 0;
  }
  SMON_FUZZ_CHECK(id->base > 0);
  SMON_FUZZ_CHECK(id->array_task.value_or(0) >= 0);
  SMON_FUZZ_CHECK(id->het_offset.value_or(0) >= 0);
  SMON_FUZZ_CHECK(!id->array_task || !id->het_offset);
  const std::string shown = FormatJobId(*id);
  if (id->is_summary) {
    SMON_FUZZ_CHECK(!id->array_task && !id->het_offset);
    SMON_FUZZ_CHECK(text.substr(0, shown.size()) == shown);
  } else {
    SMON_FUZZ_CHECK(shown == text);
  }
  return 0;
}
