#ifndef SMON_SLURM_SLURM_CLIENT_H_
#define SMON_SLURM_SLURM_CLIENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "slurm/job_record.h"

namespace smon::slurm {

// What a poll reads of the cluster's jobs.
struct JobSnapshot {
  std::vector<JobRecord> jobs;
  int64_t skipped_summaries = 0;  // "12_[0-10]" and the like
  int64_t malformed_records = 0;  // could not be read; each is logged
};

// Facts about the cluster that do not change while it runs.
struct ClusterInfo {
  std::string name;             // ClusterName
  std::string version;          // SLURM_VERSION, e.g. "22.05.8"
  absl::Duration min_job_age;   // how long slurmctld keeps an ended job
  bool has_accounting = false;  // AccountingStorageType is not "none"
};

// Calls and failures by command, since the start.
struct CommandCounts {
  struct Count {
    int64_t calls = 0;
    int64_t failures = 0;
  };
  std::map<std::string, Count> by_command;  // "squeue", "sacct", …
};

// Reads a Slurm cluster. Each method runs one Slurm command, which may take as
// long as the command timeout. Errors: UNAVAILABLE when Slurm (or the part of
// it that is asked) does not answer, worth another try; NOT_FOUND when the
// command is not installed; INVALID_ARGUMENT for a user that does not exist;
// CANCELLED when shutting down; INTERNAL when the answer makes no sense. The
// message holds the command and what it printed. Thread-safe.
class SlurmClient {
 public:
  virtual ~SlurmClient() = default;

  // All jobs that slurmctld holds in memory, ended ones too, of the configured
  // partitions and user.
  virtual absl::StatusOr<JobSnapshot> ReadQueue() = 0;

  // As ReadQueue(), but of all partitions and users.
  virtual absl::StatusOr<JobSnapshot> ReadWholeQueue() = 0;

  // All runs that ended between `since` and now according to accounting, of the
  // configured partitions and user. A job that ended in the last seconds may
  // still be missing: let the windows overlap. FAILED_PRECONDITION where the
  // site keeps no accounting.
  virtual absl::StatusOr<JobSnapshot> ReadAccounting(absl::Time since) = 0;

  // As ReadAccounting(), but of all partitions and users.
  virtual absl::StatusOr<JobSnapshot> ReadWholeAccounting(absl::Time since) = 0;

  // The stored batch scripts of these jobs, by displayed id (for accounting
  // heads the scripts with those). Jobs without one are left out: most sites do
  // not store scripts (AccountingStoreFlags). At most 500 ids a call.
  virtual absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) = 0;

  virtual absl::StatusOr<ClusterInfo> ReadClusterInfo() = 0;

  // The names of all partitions.
  virtual absl::StatusOr<std::vector<std::string>> ListPartitions() = 0;

  virtual CommandCounts Counts() const = 0;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_SLURM_CLIENT_H_
