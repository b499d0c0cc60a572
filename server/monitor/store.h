#ifndef SMON_SERVER_MONITOR_STORE_H_
#define SMON_SERVER_MONITOR_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/monitor/job.h"
#include "server/monitor/replicas.h"
#include "server/monitor/resubmission.h"

namespace smon {

// Names one run of a job. At most one Job in the Store has it.
struct JobKey {
  std::string cluster;
  std::string job_id;  // as displayed
  absl::Time submit_time;

  friend bool operator==(const JobKey& a, const JobKey& b) {
    return a.cluster == b.cluster && a.job_id == b.job_id &&
           a.submit_time == b.submit_time;
  }
  template <typename H>
  friend H AbslHashValue(H h, const JobKey& key) {
    return H::combine(std::move(h), key.cluster, key.job_id, key.submit_time);
  }
};

// What a poll of Slurm changed.
struct PollChanges {
  struct Change {
    // New when job.id is 0; the Store sets it. Otherwise the columns that come
    // from Slurm (record, log, log_owner_id) are replaced, and the delivery and
    // verdict are not, but for what `delivery_too` says. The tracking is, if
    // the stored one is untouched.
    Job job;
    // Also replaces the delivery, if the stored phase still is kWaiting or
    // kNoLog: an end that is seen twice enqueues a log once. New jobs store
    // theirs always.
    bool delivery_too = false;
    std::vector<std::string> history;
  };
  std::string cluster;
  // The Poller's, Replicas::PollToken: ABORTED when it has been lost.
  int64_t poll_token = 0;
  std::vector<Change> changes;
  // Accounting has been read up to here; unset to leave it.
  std::optional<absl::Time> accounting_watermark;
};

// How far accounting has been read for a cluster: the watermark that was
// committed first of all, and the last one. Both InfinitePast when there is
// none yet.
struct AccountingProgress {
  absl::Time first = absl::InfinitePast();
  absl::Time watermark = absl::InfinitePast();
};

// What became of one request to attrsvc.
struct DeliveryChange {
  int64_t job = 0;
  std::string job_id;  // as displayed; this and the cluster for log lines only
  std::string cluster = "";
  // Replicas::number() when the job was read: dropped, history and all, when it
  // is not claimed under it any more.
  int64_t claim = 0;
  // Written if the stored resubmit_count is still this one; otherwise the
  // change is dropped and only its history entry kept.
  Delivery delivery;
  // When set, this is written, and nothing else but the history entry.
  std::optional<Tracking> tracking;
  std::optional<Verdict> verdict;
  std::string answer;  // attrsvc's raw answer that holds the verdict
  std::string history;
  int http_status = 0;  // of the answer; for log lines only
};

// Empty fields match every job; a list matches if one of its values does.
struct JobFilter {
  std::vector<slurm::JobState> states;
  std::string user;
  std::string partition;
  std::string name_regex;  // RE2, unanchored
  std::vector<Phase> phases;
  std::vector<Action> actions;
  std::optional<absl::Time> ended_after;   // at or after
  std::optional<absl::Time> ended_before;  // before
  std::string cluster;
  std::vector<PathProblem> problems;
};

enum class JobOrder {
  kSubmitTimeDesc,
  kSubmitTimeAsc,
  kEndTimeDesc,
  kEndTimeAsc,
};

struct JobQuery {
  JobFilter filter;
  JobOrder order = JobOrder::kSubmitTimeDesc;
  int limit = 100;
  // Starts after the job with this sort time and id: the last of the page
  // before. Jobs that have not ended sort as if they ended after all others.
  struct Position {
    absl::Time time;
    int64_t id = 0;
  };
  std::optional<Position> after;
  // Asked many times a second while the jobs are read, unless it is empty: true
  // ends it with CANCELLED.
  std::function<bool()> stop = nullptr;
};

struct JobPage {
  std::vector<Job> jobs;
  // Where the next page starts; unset on the last one.
  std::optional<JobQuery::Position> next;
};

// How far somebody has read the changes: up to the change with this number, and
// up to the job with this id, of those that came. Both only grow.
struct ChangePosition {
  int64_t change = 0;
  int64_t id = 0;

  friend bool operator==(const ChangePosition& a, const ChangePosition& b) {
    return a.change == b.change && a.id == b.id;
  }
};

// Jobs that came or changed after a position.
struct JobChanges {
  struct Change {
    Job job;  // as it is now
    // Where this one has been read, too.
    ChangePosition position;
  };
  std::vector<Change> changes;
  // Up to where they were looked for.
  ChangePosition end;
  // There is more after the end.
  bool more = false;
};

struct JobCounts {
  std::map<slurm::JobState, int64_t> by_state;
  std::map<Phase, int64_t> by_phase;
  std::map<PathProblem, int64_t> by_problem;
  int64_t total = 0;
  int64_t ended = 0;
  int64_t with_log_path = 0;
  int64_t submitted = 0;  // a request was sent at least once
  int64_t accepted = 0;   // attrsvc took the log
  int64_t with_verdict = 0;
};

// What the replica that polls a cluster tells all others of it; see
// ClusterNotes.
struct ClusterNote {
  std::string cluster;
  int64_t poll_token = 0;  // as PollChanges has it
  std::string text;
};

// What the store takes of its disk, and what is left there for it.
struct StoreSize {
  int64_t database_bytes = 0;
  int64_t wal_bytes = 0;  // what is not in the database file yet
  int64_t free_bytes = 0;
};

// Where jobs, their deliveries and verdicts are kept; what it has returned OK
// for survives a crash. A store may be shared by several processes; see
// Replicas. Errors: ABORTED when this one has been taken for dead, and nothing
// was written; UNAVAILABLE for what may pass (locked, disk
// full), DATA_LOSS for a damaged file, FAILED_PRECONDITION for one that this
// version cannot use, NOT_FOUND, INVALID_ARGUMENT for a bad regular expression.
// Thread-safe; reads do not wait for writes.
class Store {
 public:
  virtual ~Store() = default;

  // Discovery, used by the Poller.

  // Jobs of the cluster that have not ended, or ended at or after the time, or
  // ended but still are kWaiting, whenever that was.
  virtual absl::StatusOr<std::vector<Job>> LoadLive(const std::string& cluster,
                                                    absl::Time ended_after) = 0;
  // Those of the keys that are stored, in any order.
  virtual absl::StatusOr<std::vector<Job>> FindJobs(
      const std::vector<JobKey>& keys) = 0;
  // The jobs stored under these ids, in any order; unknown ones are left out.
  virtual absl::StatusOr<std::vector<Job>> LoadJobs(
      const std::vector<int64_t>& ids) = 0;
  // One transaction. Sets the ids of new jobs.
  virtual absl::Status CommitPoll(PollChanges* changes) = 0;
  virtual absl::StatusOr<smon::AccountingProgress> AccountingProgress(
      const std::string& cluster) = 0;

  // Outbox, used by the Submitter.

  // Jobs in `phase` (kPending or kSubmitted) with a log of their own whose next
  // attempt is due by `now`: urgent ones first, then the longest due, at most
  // `limit`. Where the store is shared they are claimed: no other replica gets
  // them before their next delivery is committed, or they are released.
  virtual absl::StatusOr<std::vector<Job>> DueJobs(Phase phase, absl::Time now,
                                                   int limit) = 0;
  // Jobs in kWaiting with a log of their own whose tracking is due by `now`:
  // the longest due first, at most `limit`.
  virtual absl::StatusOr<std::vector<Job>> DueTracking(absl::Time now,
                                                       int limit) = 0;
  // Gives back what was claimed and is not in the list.
  virtual absl::Status ReleaseClaims(const std::vector<int64_t>& keep) = 0;
  // The earliest next attempt in `phase`; InfiniteFuture when there is none.
  virtual absl::StatusOr<absl::Time> NextAttempt(Phase phase) = 0;
  // One transaction. The change holds for all jobs that share the log. Says of
  // each whether it was written: false for one that was dropped.
  virtual absl::StatusOr<std::vector<bool>> CommitDeliveries(
      const std::vector<DeliveryChange>& changes) = 0;
  // Moves the times of the logs that are under way (kPending, kSubmitted) by as
  // much as the clock was set, so that none waits for longer, and none has been
  // tried for longer, than it was. `now` is by the clock as it is since; what
  // entered the outbox since then stays. Nothing is moved in a shared store:
  // the other hosts' clocks were not set.
  virtual absl::Status MoveDeliveries(absl::Duration by, absl::Time now) = 0;

  // Readers.

  // The newest run of the job, or the one with the given restart count. An
  // empty cluster stands for any. NOT_FOUND.
  virtual absl::StatusOr<Job> GetJob(const std::string& cluster,
                                     const std::string& job_id,
                                     std::optional<int32_t> restart_count) = 0;
  virtual absl::StatusOr<JobPage> ListJobs(const JobQuery& query) = 0;
  // Oldest first, the last 100.
  virtual absl::StatusOr<std::vector<HistoryEntry>> GetHistory(int64_t job) = 0;
  // attrsvc's raw answer that holds the job's verdict. NOT_FOUND.
  virtual absl::StatusOr<std::string> GetAnswer(int64_t job) = 0;
  // Of one cluster's jobs; an empty one stands for all.
  virtual absl::StatusOr<JobCounts> CountJobs(const std::string& cluster) = 0;
  absl::StatusOr<JobCounts> CountJobs() { return CountJobs(""); }
  // Of each cluster that has jobs, whoever watches it or watched it once.
  virtual absl::StatusOr<std::map<std::string, JobCounts>>
  CountJobsByCluster() = 0;

  // A number that is another one after each call that may have changed what
  // readers see, from when that call returns: what was read since the number
  // was asked for is still true while the number is the same. Unset where other
  // processes may change the Store, too. Thread-safe, and waits for nothing.
  virtual std::optional<uint64_t> Version() const = 0;

  // Watchers.

  // `listener` is called after each transaction that may have changed jobs, by
  // the thread that committed it: it must not block, nor call the Store. Set
  // before other threads use the Store; an empty one ends it.
  virtual void SetChangeListener(std::function<void()> listener) = 0;
  // Up to the last change: what comes after it is not stored yet.
  virtual absl::StatusOr<ChangePosition> LastChange() = 0;
  // Each job that came or changed after the position, once, in the order of the
  // changes that were the last of their jobs: at most `limit`, and maybe fewer
  // though there are more. Costs what it returns, however many jobs there are.
  // Jobs that have been removed are not told of. After a position that this
  // Store has not come to yet (it has been put back to an older copy), every
  // job is.
  virtual absl::StatusOr<JobChanges> ReadChanges(const ChangePosition& after,
                                                 int limit) = 0;

  // Resubmission.

  // Puts the log of the job (or the one it shares) back to kPending, due at
  // order.now and no longer urgent, whatever its phase; a fresh delivery that
  // is due is left alone. The verdict and answer stay until there are new ones.
  // FAILED_PRECONDITION when there is no log.
  //
  // A request_id that is known: only says what was done then. INVALID_ARGUMENT
  // if the arguments were others. One transaction.
  virtual absl::StatusOr<ResubmitResult> Resubmit(
      int64_t job, const ResubmitOrder& order) = 0;

  // The same for all jobs that match, in short transactions, so that nobody
  // else who writes has to wait for long: Start chooses the jobs and stores the
  // choice, each Continue does some of them, until none is left. Needs a
  // request_id, with which it can be gone on with after a crash: then Start
  // only says what is left.
  //
  // FAILED_PRECONDITION, and nothing is changed, when more than `max_jobs` jobs
  // match.
  virtual absl::StatusOr<ResubmitReport> StartResubmission(
      const JobFilter& filter, int64_t max_jobs,
      const ResubmitOrder& order) = 0;
  virtual absl::StatusOr<ResubmitReport> ContinueResubmission(
      const ResubmitOrder& order) = 0;
  // What the two would do. Changes nothing. `stop` is as JobQuery's.
  virtual absl::StatusOr<ResubmitReport> PreviewResubmission(
      const JobFilter& filter, int64_t max_jobs,
      const std::function<bool()>& stop) = 0;

  // Upkeep.

  // Removes at most `limit` jobs of the cluster that ended before the time and
  // whose delivery is over (kCompleted, kExpired, kRejected or kNoLog), with
  // their histories and answers, in one transaction: those that ended first,
  // but one whose log others share only after those, in a later call. Returns
  // how many; 0 when there are none.
  virtual absl::StatusOr<int64_t> RemoveEnded(const std::string& cluster,
                                              absl::Time ended_before,
                                              int limit) = 0;
  // Reads the whole store to see whether it is damaged, beside all other work:
  // minutes where it is big. `stop` is asked many times a second, and ends it
  // by returning true: CANCELLED. DATA_LOSS tells what was found, and the mend.
  virtual absl::Status CheckIntegrity(const std::function<bool()>& stop) = 0;
  // DATA_LOSS, with what was found first, once any call has met damage. OK says
  // nothing of what has not been read.
  virtual absl::Status Damage() const = 0;
  // UNIMPLEMENTED for a store that has no file.
  virtual absl::StatusOr<StoreSize> Size() const = 0;

  // 32 random bytes that all who use the store share, made when they are first
  // asked for: to sign what clients keep.
  virtual absl::StatusOr<std::string> SharedKey() = 0;
  // Puts each note in the place of the cluster's last one, unless that was
  // written under a greater token.
  virtual absl::Status WriteClusterNotes(
      const std::vector<ClusterNote>& notes) = 0;
  // Those that were written last, by who polls the cluster or did so once.
  virtual absl::StatusOr<std::vector<ClusterNote>> ReadClusterNotes() = 0;
  // This process among those that share the store.
  virtual Replicas* replicas() = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_STORE_H_
