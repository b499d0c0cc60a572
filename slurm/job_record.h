#ifndef SMON_SLURM_JOB_RECORD_H_
#define SMON_SLURM_JOB_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "slurm/job_state.h"

namespace smon::slurm {

// How a job ended; Slurm writes "code:signal".
struct ExitStatus {
  int32_t code = 0;
  int32_t signal = 0;

  friend bool operator==(const ExitStatus& a, const ExitStatus& b) {
    return a.code == b.code && a.signal == b.signal;
  }
};

// Where a log path was learned from; stored and served by these names.
enum class LogPathSource {
  kNone,         // not found; see LogPath::problem
  kSqueue,       // slurmctld's pattern: squeue's STDOUT, slurmrestd's
  kSacct,        // sacct's StdOut field (24.05 and newer)
  kSubmitLine,   // --output on sbatch's command line
  kBatchScript,  // #SBATCH --output in the stored script
  kDefault,      // sbatch's default, where no other can have been asked for
};

// What one Slurm command said about one run of a job. Text is the bytes that
// Slurm printed, not checked in any way. A field that the source does not have
// is empty or absent.
struct JobRecord {
  // Identity. job_id and submit_time together name a run of a job for good:
  // Slurm reuses ids, and a requeue sets a new submit time.
  std::string job_id;  // as displayed: "12", "12_3", "12+1"; never a summary
  int64_t raw_id = 0;  // Slurm's own number, differs for tasks and components
  int64_t array_job_id = 0;  // 0: no array task
  std::optional<int64_t> array_task_id;
  int64_t het_job_id = 0;  // 0: not heterogeneous
  std::optional<int32_t> het_offset;
  std::optional<int32_t> restart_count;

  JobState state = JobState::kOther;
  std::string state_text;  // first word as printed: "CANCELLED", not "… by 0"
  std::optional<ExitStatus> exit_status;
  std::string reason;  // empty for "None"

  absl::Time submit_time = absl::InfinitePast();
  // Absent while not known. A running job's end_time is Slurm's estimate and is
  // left out here.
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;

  std::string name;
  std::string user;
  std::string partition;
  std::string work_dir;

  // RecordHead::print of this record.
  uint64_t print = 0;

  // Read from accounting, which alters text: '"' is a backtick there, bytes
  // that are not UTF-8 are '?', and an empty name is "allocation".
  bool from_accounting = false;

  // For the log path.
  std::optional<bool> is_batch;  // false: salloc or srun, which write no log
  std::string batch_host;        // host that ran the batch script
  std::string stdout_pattern;    // as the source gives it, maybe unexpanded
  std::string submit_line;       // sbatch's command line, from accounting
  bool output_failed = false;    // Slurm could not open the output file
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_JOB_RECORD_H_
