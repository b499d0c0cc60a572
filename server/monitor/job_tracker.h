#ifndef SMON_SERVER_MONITOR_JOB_TRACKER_H_
#define SMON_SERVER_MONITOR_JOB_TRACKER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/monitor/job_update.h"
#include "server/monitor/log_assigner.h"
#include "server/monitor/merge.h"
#include "server/monitor/run_memory.h"
#include "server/monitor/store.h"
#include "slurm/slurm_client.h"

namespace smon {

// Turns what Slurm says about jobs into what the Store holds: new jobs, changed
// ones, ended ones with their log path and the start of its delivery. Not
// thread-safe.
class JobTracker {
 public:
  struct Options {
    LogAssigner::Options logs;  // the cluster's name too
    // Whether a job is to be watched. A job that is watched already is followed
    // to its end, whatever this says.
    std::function<bool(const slurm::JobRecord&)> is_wanted;
    // Whether attrsvc is to be told of logs while their jobs run.
    bool track_running = false;
    // Replicas::PollToken.
    int64_t poll_token = 0;
  };

  struct Applied {
    int64_t new_jobs = 0;
    int64_t late_jobs = 0;  // of these, those that ended before `late_before`
    int64_t new_log_paths = 0;
    int64_t started_deliveries = 0;
    // Jobs left for the next poll; the watermark was not stored then.
    int64_t postponed = 0;
    // They were too many for one poll, so that the next need not wait.
    bool more = false;

    void Add(const Applied& other);
  };

  // What comes with the records of accounting.
  struct Accounting {
    ScriptReader scripts;
    std::optional<absl::Time> watermark;  // stored with the records
    absl::Time late_before = absl::InfinitePast();
    // When the queue that came before was read. A run that ended since and is
    // not known yet is left to the next poll, once: the controller, which may
    // have it then, tells more of it, and exactly.
    absl::Time queue_read_at = absl::InfiniteFuture();
  };

  // The pointers must outlive this object.
  JobTracker(Store* store, const Clock* clock, Options options);

  // Remembers the jobs of the Store that have not ended, or ended at or after
  // the time.
  absl::Status Load(absl::Time ended_after);

  // Before anything is applied, where Options do not have it.
  void SetSlurmVersion(const std::string& version) {
    logs_.SetSlurmVersion(version);
  }

  // A queue is about to be read; with IsNews() for each of its records.
  void BeginQueue() { memory_.BeginQueue(); }
  bool IsNews(RecordSource source, const slurm::RecordHead& head) {
    return memory_.IsNews(source, head);
  }

  // Stores what the records say, a few thousand a transaction. Nothing is
  // remembered unless it was stored.
  absl::StatusOr<Applied> ApplyQueue(
      const std::vector<slurm::JobRecord>& records);
  absl::StatusOr<Applied> ApplyAccounting(
      const std::vector<slurm::JobRecord>& records,
      const Accounting& accounting);

  // To be called after a complete queue was applied: notes which live jobs it
  // did not have. Those whose raw id is in `unreadable` may be in it.
  void NoteMissing(const std::vector<int64_t>& unreadable);
  // Since when the first of the live jobs is missing that have been missing
  // from `polls` queues in a row for at least `grace`; unset when none has.
  std::optional<absl::Time> OverdueSince(int polls, absl::Duration grace) const;
  // For FindMissing: whether the record is about a live job that is missing.
  bool IsMissing(const slurm::RecordHead& head) const {
    return memory_.IsMissing(head);
  }
  // Applies records about live jobs that are missing: a job may be where nobody
  // looks, because it was moved there or the settings have changed.
  absl::StatusOr<Applied> FindMissing(
      const std::vector<slurm::JobRecord>& records, RecordSource source,
      const ScriptReader& scripts);
  // Ends the jobs that have been missing from `polls` queues in a row for at
  // least `grace`: their final state is not to be had.
  absl::StatusOr<Applied> FinishMissing(int polls, absl::Duration grace);
  // Ends the runs whose job runs again, or waits to: the next run may overwrite
  // the log.
  absl::StatusOr<Applied> FinishRequeued();

  // Starts the delivery of the logs of which no more writers are left. To be
  // called after all that a poll has read was applied.
  absl::StatusOr<Applied> ReleaseSharedLogs(
      const std::vector<int64_t>& waiting_arrays);

  // Drops what ended before the time and is no longer in the queue.
  void Forget(absl::Time ended_before) { memory_.Forget(ended_before); }

  // When the first of the jobs ended that Slurm may tell of without it being
  // news: those in the queue, and those that ended lately.
  absl::Time EarliestEnd() const { return memory_.EarliestEnd(); }

  int64_t live() const { return memory_.live(); }

 private:
  absl::StatusOr<Applied> Apply(const std::vector<slurm::JobRecord>& records,
                                RecordSource source,
                                const Accounting& accounting);
  absl::StatusOr<Applied> ApplyChunk(const slurm::JobRecord* begin,
                                     const slurm::JobRecord* end,
                                     RecordSource source,
                                     const Accounting& accounting);
  // Those of the records that are left to the next queue.
  absl::flat_hash_set<RunKey> LeftToQueue(
      const std::vector<slurm::JobRecord>& records,
      absl::Time queue_read_at) const;
  absl::Status FetchStored(std::vector<JobUpdate>* updates);
  void Merge(RecordSource source, JobUpdate* update);
  void StartTracking(std::vector<JobUpdate>* updates);
  absl::Status Commit(std::vector<JobUpdate>* updates,
                      std::optional<absl::Time> watermark);
  absl::Status CommitSome(const std::vector<JobUpdate*>& updates,
                          std::optional<absl::Time> watermark);
  void Remember(const JobUpdate& update, RecordSource source);
  absl::StatusOr<Applied> Finish(const std::vector<RunMemory::Missing>& missing,
                                 slurm::JobState state);

  Store* const store_;
  const Clock* const clock_;
  const Options options_;
  RunMemory memory_;
  LogAssigner logs_;
  bool store_is_empty_ = false;  // of its jobs, and no record has been applied
  // Whether the records that are applied may be of stored runs. A run that is
  // new all the same may come twice: the Store then merges it.
  bool look_up_ = true;
  absl::flat_hash_set<RunKey> left_to_queue_;  // by the last ApplyAccounting()
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_TRACKER_H_
