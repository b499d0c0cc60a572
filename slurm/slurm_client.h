#ifndef SMON_SLURM_SLURM_CLIENT_H_
#define SMON_SLURM_SLURM_CLIENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/duration_histogram.h"
#include "slurm/job_record.h"

namespace smon::slurm {

// A record in brief: which run it is about, and a hash of all that it says.
struct RecordHead {
  int64_t raw_id = 0;
  absl::Time submit_time;
  uint64_t print = 0;
  // Of the array or the heterogeneous job that it is a part of; 0 for none.
  // Only slurmrestd's jobs have it.
  int64_t whole_id = 0;
};

// Whether a record says something that its reader does not know yet. Those of
// which it says no are counted, but not read any further: in a large cluster
// nearly all of a poll's records are such.
using IsNews = absl::FunctionRef<bool(const RecordHead&)>;

// A record that could not be read.
struct MalformedRecord {
  std::string command;            // "squeue", "sacct", …
  bool is_record = true;          // false: stray text, such as a warning
  std::optional<int64_t> raw_id;  // where at least that could be read
  std::string text;               // its id, or the stray text; cut at 200 bytes
  std::string error;
};

// What a poll reads of the cluster's jobs.
struct JobSnapshot {
  std::vector<JobRecord> jobs;  // those that are news
  int64_t records = 0;          // all jobs, news or not
  // Arrays, by id, of which tasks wait that are not jobs yet.
  std::vector<int64_t> waiting_arrays;
  int64_t skipped_summaries = 0;           // "12_[0-10]" and the like
  int64_t malformed_records = 0;           // all of them
  std::vector<MalformedRecord> malformed;  // the first 100
};

// Facts about the cluster that do not change while it runs.
struct ClusterInfo {
  std::string name;     // ClusterName
  std::string version;  // SLURM_VERSION, e.g. "22.05.8"
  // How long slurmctld keeps an ended job; zero when that is not known.
  absl::Duration min_job_age;
  bool has_accounting = false;  // AccountingStorageType is not "none"
  // PrivateData, e.g. "jobs,usage"; "none" for none, empty when not known.
  std::string private_data;
  std::string slurm_user;  // SlurmUser's login name; empty: not known
};

// Calls of each command, since the start.
struct CommandCounts {
  struct Count {
    int64_t calls = 0;
    int64_t failures = 0;
    absl::Duration total;  // wall time of all calls
    absl::Duration last;   // and of the last one
    absl::Duration longest;
    DurationHistogram durations;
  };
  std::map<std::string, Count> by_command;  // "squeue", "sacct", …
};

// Reads a Slurm cluster. Each method runs one Slurm command (or asks slurmrestd
// once), which may take as long as its timeout. Errors: UNAVAILABLE when Slurm
// (or the part of it that is asked) does not answer, worth another try;
// NOT_FOUND when the command is not installed; INVALID_ARGUMENT for a user that
// does not exist; CANCELLED when shutting down; INTERNAL when the answer makes
// no sense. The message holds the command and what it printed. Thread-safe.
class SlurmClient {
 public:
  virtual ~SlurmClient() = default;

  // All jobs that slurmctld holds in memory, ended ones too, of the configured
  // partitions and user.
  virtual absl::StatusOr<JobSnapshot> ReadQueue(IsNews is_news) = 0;

  // As ReadQueue(), but of all partitions and users.
  virtual absl::StatusOr<JobSnapshot> ReadWholeQueue(IsNews is_news) = 0;

  // The jobs with these numbers, of the configured partitions and user, news or
  // not: the job of which it is the raw id, and all tasks of the array, or
  // components of the heterogeneous job, of which it is the id. (squeue gives a
  // component that is asked for by its own raw id without the others.) Numbers
  // that Slurm does not have are no error. Where it is cheaper the whole queue
  // is read, as by ReadQueue(): then of all jobs those that are news.
  virtual absl::StatusOr<JobSnapshot> ReadJobs(
      const std::vector<int64_t>& numbers, IsNews is_news) = 0;

  // All runs that ended between `since` and `until` according to accounting, of
  // the configured partitions and user; InfiniteFuture stands for now. A job
  // that ended in the last seconds may still be missing: let the windows
  // overlap. FAILED_PRECONDITION where the site keeps no accounting.
  virtual absl::StatusOr<JobSnapshot> ReadAccounting(absl::Time since,
                                                     absl::Time until,
                                                     IsNews is_news) = 0;

  // As ReadAccounting(), but of all partitions and users.
  virtual absl::StatusOr<JobSnapshot> ReadWholeAccounting(absl::Time since,
                                                          absl::Time until,
                                                          IsNews is_news) = 0;

  // The stored batch scripts of these jobs, by displayed id (for accounting
  // heads the scripts with those). Jobs without one are left out: most sites do
  // not store scripts (AccountingStoreFlags). At most 2000 ids a call.
  virtual absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) = 0;

  virtual absl::StatusOr<ClusterInfo> ReadClusterInfo() = 0;

  // The names of all partitions.
  virtual absl::StatusOr<std::vector<std::string>> ListPartitions() = 0;

  virtual CommandCounts Counts() const = 0;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_SLURM_CLIENT_H_
