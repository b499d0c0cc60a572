// Input: a line each with the job id, its raw id, its flags (b: a batch job, s:
// an interactive one, q: it waits, a: from accounting, l: its leader is known),
// its name, user, host, folder, output pattern, submit line and Slurm's
// version; then the script.

#include <string>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "common/utf8.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/log_path.h"
#include "slurm/record_fields.h"

namespace {

using namespace smon::slurm;  // NOLINT: all of it is under test

JobRecord ReadJob(absl::string_view flags, smon::FuzzInput* input) {
  JobRecord job;
  job.state = JobState::kFailed;
  if (!absl::StrContains(flags, "q")) job.start_time = absl::UnixEpoch();
  if (absl::StrContains(flags, "b")) job.is_batch = true;
  if (absl::StrContains(flags, "s")) job.is_batch = false;
  job.from_accounting = absl::StrContains(flags, "a");
  for (std::string* text :
       {&job.name, &job.user, &job.batch_host, &job.work_dir,
        &job.stdout_pattern, &job.submit_line}) {
    *text = std::string(input->Line());
  }
  return job;
}

void CheckPath(const LogPath& log) {
  const bool found = log.problem == LogPathProblem::kNoProblem;
  SMON_FUZZ_CHECK(found == !log.path.empty());
  SMON_FUZZ_CHECK(found == log.error.empty());
  SMON_FUZZ_CHECK(found == (log.source != LogPathSource::kNone));
  SMON_FUZZ_CHECK(smon::ToPrintable(log.error) == log.error);
  if (!found) return;
  SMON_FUZZ_CHECK(log.path.front() == '/');
  SMON_FUZZ_CHECK(log.path.back() != '/');
  SMON_FUZZ_CHECK(log.path != "/dev/null");
  SMON_FUZZ_CHECK(log.path.find('\0') == std::string::npos);
  SMON_FUZZ_CHECK(smon::IsValidUtf8(log.path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const absl::string_view job_id = input.Line();
  const int64_t raw_id = ParseNumber(input.Line()).value_or(1);
  const absl::string_view flags = input.Line();
  JobRecord job = ReadJob(flags, &input);
  job.raw_id = raw_id;
  if (!SetJobId(job_id, &job).ok()) return 0;
  const std::string version(input.Line());
  const absl::string_view script = input.Rest();

  CheckPath(ResolveLogPath(job, nullptr, script, version));
  JobRecord leader = job;
  leader.het_offset = 0;
  const LogPath log = ResolveLogPath(job, &leader, script, version);
  CheckPath(log);
  // A component's log is its leader's.
  SMON_FUZZ_CHECK(ResolveLogPath(leader, nullptr, script, version).path ==
                      log.path ||
                  !job.het_offset.has_value());
  return 0;
}
