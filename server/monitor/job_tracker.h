#ifndef SMON_SERVER_MONITOR_JOB_TRACKER_H_
#define SMON_SERVER_MONITOR_JOB_TRACKER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/monitor/merge.h"
#include "server/monitor/store.h"
#include "slurm/slurm_client.h"

namespace smon {

// Turns what Slurm says about jobs into what the Store holds: new jobs, changed
// ones, ended ones with their log path and the start of its delivery. Remembers
// live and lately ended jobs, so that a record that says nothing new costs a
// hash look-up. Not thread-safe.
class JobTracker {
 public:
  // Stored batch scripts by job id; see SlurmClient::ReadBatchScripts.
  using ScriptReader =
      std::function<absl::StatusOr<std::map<std::string, std::string>>(
          const std::vector<std::string>&)>;

  struct Applied {
    int64_t new_jobs = 0;
    int64_t new_log_paths = 0;
    int64_t started_deliveries = 0;
    // Something is left for the next poll, and the watermark was not stored.
    bool postponed = false;
  };

  // The pointers must outlive this object. `slurm_version` is
  // ClusterInfo.version.
  JobTracker(Store* store, const Clock* clock, std::string cluster,
             std::string slurm_version);

  // Remembers the jobs of the Store that have not ended, or ended at or after
  // the time.
  absl::Status Load(absl::Time ended_after);

  // Stores what the records say, in one transaction (two where heterogeneous
  // components have to find the job whose log they share). `watermark` is
  // stored with it. Nothing is remembered unless it was stored.
  absl::StatusOr<Applied> Apply(const std::vector<slurm::JobRecord>& records,
                                RecordSource source,
                                const ScriptReader& scripts,
                                std::optional<absl::Time> watermark);

  // To be called after a complete queue was applied: notes which live jobs it
  // did not have.
  void NoteMissing();
  // Since when the first of the live jobs is missing that have been missing
  // from `polls` queues in a row for at least `grace`; unset when none has.
  std::optional<absl::Time> OverdueSince(int polls, absl::Duration grace) const;
  // Applies those of the records that are about live jobs that are missing: a
  // job may be where nobody looks, because it was moved there or the settings
  // have changed.
  absl::StatusOr<Applied> FindMissing(std::vector<slurm::JobRecord> records,
                                      RecordSource source,
                                      const ScriptReader& scripts);
  // Ends the jobs that have been missing from `polls` queues in a row for at
  // least `grace`: their final state is not to be had. A run whose job runs
  // again ends at once: the next run may overwrite its log.
  absl::StatusOr<Applied> FinishMissing(int polls, absl::Duration grace);

  // Drops what ended before the time and is no longer in the queue.
  void Forget(absl::Time ended_before);

  int64_t live() const;

 private:
  struct Tracked {
    int64_t id = 0;
    bool ended = false;
    uint64_t queue_print = 0;  // 0: not seen since the start
    uint64_t accounting_print = 0;
    int64_t queue_number = 0;  // of the last queue that had it
    absl::Time ended_at = absl::InfiniteFuture();
    absl::Time missing_since = absl::InfiniteFuture();
    int missing_polls = 0;
    bool requeued = false;  // missing, and the queue has a newer run of the job

    bool IsOverdue(int polls, absl::Duration grace, absl::Time now) const {
      return !ended && missing_polls >= polls && now - missing_since >= grace;
    }
  };
  // A record that says something new, and the job that it is about.
  struct Update {
    JobKey key;
    const slurm::JobRecord* said = nullptr;
    uint64_t print = 0;
    Job job;  // as stored, then as it is to be stored; id 0 for a new one
    const Update* owner = nullptr;  // in the same batch, for a component
    Job stored_owner;               // or in the Store; id 0 if neither
    bool changed = false;
    bool found_log = false;
    bool start_delivery = false;
    bool postponed = false;  // not to be stored now; the next poll has it again
    std::vector<std::string> history;
  };

  JobKey KeyOf(const slurm::JobRecord& record) const;
  std::vector<Update> FindNews(const std::vector<slurm::JobRecord>& records,
                               RecordSource source);
  absl::Status FetchStored(std::vector<Update>* updates);
  absl::Status FindLogOwners(std::vector<Update>* updates);
  void ResolveLog(const std::string& script, Update* update);
  void ResolveLogs(std::vector<Update>* updates, RecordSource source,
                   const ScriptReader& scripts);
  absl::StatusOr<Applied> Commit(std::vector<Update>* updates,
                                 RecordSource source,
                                 std::optional<absl::Time> watermark);
  absl::Status CommitSome(const std::vector<Update*>& updates,
                          std::optional<absl::Time> watermark);
  void Remember(const Update& update, RecordSource source);

  Store* const store_;
  const Clock* const clock_;
  const std::string cluster_;
  const std::string slurm_version_;
  absl::flat_hash_map<JobKey, Tracked> tracked_;
  int64_t queue_number_ = 1;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_TRACKER_H_
