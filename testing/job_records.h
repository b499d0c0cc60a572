#ifndef SMON_TESTING_JOB_RECORDS_H_
#define SMON_TESTING_JOB_RECORDS_H_

#include <string>

#include "absl/time/time.h"
#include "slurm/job_record.h"

namespace smon {

// A batch job as squeue shows it, running since a minute.
inline slurm::JobRecord RunningRecord(const std::string& job_id, int64_t raw_id,
                                      absl::Time submitted) {
  slurm::JobRecord record;
  record.job_id = job_id;
  record.raw_id = raw_id;
  record.state = slurm::JobState::kRunning;
  record.state_text = "RUNNING";
  record.submit_time = submitted;
  record.start_time = submitted + absl::Seconds(1);
  record.name = "train";
  record.user = "alice";
  record.partition = "batch";
  record.work_dir = "/home/alice";
  record.is_batch = true;
  record.batch_host = "n1";
  record.stdout_pattern = "/home/alice/%x-%j.out";
  return record;
}

// The same job once it has ended.
inline slurm::JobRecord Ended(slurm::JobRecord record, slurm::JobState state,
                              slurm::ExitStatus exit, absl::Time at) {
  record.state = state;
  record.state_text = std::string(slurm::JobStateName(state));
  record.exit_status = exit;
  record.end_time = at;
  return record;
}

}  // namespace smon

#endif  // SMON_TESTING_JOB_RECORDS_H_
