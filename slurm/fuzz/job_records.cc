#include "slurm/fuzz/job_records.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/job_id.h"

namespace smon::slurm {
namespace {

void CheckId(const JobRecord& job) {
  const absl::StatusOr<JobId> id = ParseJobId(job.job_id);
  SMON_FUZZ_CHECK(id.ok());
  SMON_FUZZ_CHECK(!id->is_summary);
  SMON_FUZZ_CHECK(FormatJobId(*id) == job.job_id);
  SMON_FUZZ_CHECK(id->array_task == job.array_task_id);
  SMON_FUZZ_CHECK(id->het_offset == job.het_offset);
  SMON_FUZZ_CHECK(job.array_job_id == (id->array_task ? id->base : 0));
  SMON_FUZZ_CHECK(job.het_job_id == (id->het_offset ? id->base : 0));
  SMON_FUZZ_CHECK(job.raw_id >= 0);
}

void CheckTimes(const JobRecord& job) {
  SMON_FUZZ_CHECK(job.submit_time > absl::UnixEpoch());
  SMON_FUZZ_CHECK(!job.start_time || *job.start_time > absl::UnixEpoch());
  SMON_FUZZ_CHECK(!job.end_time || *job.end_time > absl::UnixEpoch());
  SMON_FUZZ_CHECK(!job.end_time || IsEnded(job.state));
  SMON_FUZZ_CHECK(job.restart_count.value_or(0) >= 0);
}

}  // namespace

void CheckRecord(const JobRecord& job) {
  CheckId(job);
  CheckTimes(job);
  SMON_FUZZ_CHECK(job.state_text.find_first_of(" \n") == std::string::npos);
  for (const std::string* text :
       {&job.job_id, &job.state_text, &job.reason, &job.name, &job.user,
        &job.partition, &job.work_dir, &job.batch_host, &job.stdout_pattern,
        &job.submit_line}) {
    SMON_FUZZ_CHECK(text->find('\0') == std::string::npos);
  }
}

void CheckSameRecords(const JobSnapshot& a, const JobSnapshot& b) {
  SMON_FUZZ_CHECK(a.records == b.records);
  SMON_FUZZ_CHECK(a.malformed_records == b.malformed_records);
  SMON_FUZZ_CHECK(a.skipped_summaries == b.skipped_summaries);
  SMON_FUZZ_CHECK(a.waiting_arrays == b.waiting_arrays);
  SMON_FUZZ_CHECK(a.jobs.size() == b.jobs.size());
  for (size_t i = 0; i < a.jobs.size(); ++i) {
    SMON_FUZZ_CHECK(a.jobs[i].print == b.jobs[i].print);
    SMON_FUZZ_CHECK(a.jobs[i].job_id == b.jobs[i].job_id);
    SMON_FUZZ_CHECK(a.jobs[i].name == b.jobs[i].name);
  }
}

void CheckSnapshot(const JobSnapshot& snapshot, absl::string_view output,
                   absl::string_view separator, size_t fields) {
  size_t text_size = 0;
  for (const JobRecord& job : snapshot.jobs) {
    CheckId(job);
    CheckTimes(job);
    SMON_FUZZ_CHECK(job.state_text.find_first_of(" \n") == std::string::npos);
    for (const std::string* text :
         {&job.job_id, &job.state_text, &job.reason, &job.name, &job.user,
          &job.partition, &job.work_dir, &job.batch_host, &job.stdout_pattern,
          &job.submit_line}) {
      SMON_FUZZ_CHECK(!absl::StrContains(*text, separator));
      text_size += text->size();
    }
  }
  SMON_FUZZ_CHECK(text_size <= output.size());
  const size_t most = output.size() / (fields + 1);
  SMON_FUZZ_CHECK(snapshot.jobs.size() <= most);
  SMON_FUZZ_CHECK(snapshot.skipped_summaries >= 0);
  SMON_FUZZ_CHECK(snapshot.malformed_records >= 0);
  SMON_FUZZ_CHECK(static_cast<size_t>(snapshot.records) ==
                  snapshot.jobs.size());
  const size_t listed = snapshot.malformed.size();
  SMON_FUZZ_CHECK(listed == std::min<size_t>(snapshot.malformed_records, 100));
  for (const MalformedRecord& malformed : snapshot.malformed) {
    SMON_FUZZ_CHECK(malformed.text.size() <= 200);
    SMON_FUZZ_CHECK(!malformed.error.empty());
  }
  SMON_FUZZ_CHECK(snapshot.jobs.size() +
                      static_cast<size_t>(snapshot.skipped_summaries +
                                          snapshot.malformed_records) <=
                  2 * output.size());
}

void CheckHeads(const JobSnapshot& all, const JobSnapshot& none) {
  SMON_FUZZ_CHECK(none.jobs.empty());
  // What is not read in full cannot be found malformed.
  SMON_FUZZ_CHECK(none.records >= all.records);
  SMON_FUZZ_CHECK(none.malformed_records <= all.malformed_records);
  SMON_FUZZ_CHECK(none.skipped_summaries == all.skipped_summaries);
  SMON_FUZZ_CHECK(none.waiting_arrays == all.waiting_arrays);
}

}  // namespace smon::slurm
