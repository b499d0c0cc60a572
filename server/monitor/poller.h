#ifndef SMON_SERVER_MONITOR_POLLER_H_
#define SMON_SERVER_MONITOR_POLLER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/duration_histogram.h"
#include "common/mutex.h"
#include "server/monitor/accounting_window.h"
#include "server/monitor/backoff.h"
#include "server/monitor/component_health.h"
#include "server/monitor/handover.h"
#include "server/monitor/heartbeat.h"
#include "server/monitor/job_tracker.h"
#include "server/monitor/notices.h"
#include "server/monitor/partition_watch.h"
#include "server/monitor/poll_pace.h"
#include "server/monitor/quarantine.h"
#include "server/monitor/retention.h"
#include "server/monitor/store.h"
#include "slurm/job_id.h"
#include "slurm/slurm_client.h"

namespace re2 {
class RE2;
}

namespace smon {

// Learns from Slurm which jobs there are and which have ended, and puts that
// into the Store.
//
// A poll reads the controller's whole memory (one squeue, ended jobs included)
// and then what ended since the last time according to accounting (one sacct).
// The first gives most ends at once; the second those that came and went
// between two polls, or while this program or the controller was down. At most
// one more command follows, where there is something to find out.
class Poller {
 public:
  // What a cluster's Slurm tells of itself.
  struct Cluster {
    std::string slurm_version;
    bool has_accounting = true;
    // Those of the partitions to watch that it has.
    std::vector<std::string> partitions;
  };

  struct Options {
    std::string cluster;
    std::string slurm_version;
    bool has_accounting = true;
    // Set where the two are not known yet: asks Slurm, with a few commands.
    // Nothing is polled before it has answered.
    std::function<absl::StatusOr<Cluster>()> learn;
    absl::Duration interval = absl::Seconds(180);
    // RE2, matched at the start of the job name; empty for all jobs. Valid.
    std::string job_pattern;
    // Configured partitions; a poll that finds no jobs checks that they exist.
    std::vector<std::string> partitions;
    SharedLogs shared_logs = SharedLogs::kLast;
    bool track_running = false;  // JobTracker::Options has it
    // How far back accounting is read when there is no watermark yet.
    absl::Duration first_lookback = absl::Minutes(10);
    AccountingWindow::Options accounting;
    Retention::Options retention;
  };

  // How many of the jobs that ended, according to accounting, are known here.
  struct Coverage {
    absl::Time checked = absl::InfinitePast();  // InfinitePast: not yet
    absl::Time since;                           // of the stretch looked at
    int64_t ended = 0;
    int64_t missing = 0;  // could not be read or stored; tried again
    // Missed at first, but found by a check, since the start of the process.
    int64_t back_filled = 0;
  };

  // Since the start of the process, but where it says otherwise.
  struct Totals {
    int64_t jobs = 0;
    int64_t with_log_path = 0;
    int64_t polls = 0;
    int64_t failed_polls = 0;
    int64_t skipped_summaries = 0;  // in the last queue
    int64_t malformed_records = 0;
    std::vector<Quarantine::Entry> malformed;
    absl::Time last_success = absl::InfinitePast();
    absl::Duration last_duration;
    DurationHistogram durations;  // of good polls and failed ones
    // When the next poll begins; InfiniteFuture while one runs.
    absl::Time next_poll = absl::InfiniteFuture();
    absl::Duration interval;  // longer than asked for while Slurm is slow
    absl::Time watermark = absl::InfinitePast();
    Coverage coverage;
    Retention::Totals removed;
    Notices::Totals notices;
  };

  // What the poller reports to; all must outlive it.
  struct Health {
    ComponentHealth* slurm;
    ComponentHealth* accounting;
    ComponentHealth* store;
  };

  // All pointers must outlive this object. `on_pending` is called after logs
  // became due, from the polling thread.
  Poller(slurm::SlurmClient* slurm, Store* store, const Clock* clock,
         Health health, std::function<void()> on_pending, Options options);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Reads from the Store where the last run stopped, and forgets what was known
  // before. Call it first, unless another replica polls the cluster.
  absl::Status Load();

  // Starts the thread, which polls while the cluster is this replica's to poll:
  // Replicas::PollToken.
  void Start();
  // Ends the thread; a Slurm command that runs has to be cancelled before.
  void Stop();

  // One poll. ABORTED when another replica polls the cluster now, which is no
  // failure. For the thread and for tests.
  absl::Status PollOnce();

  // Looks at the job soon, and again until it has ended. Waits for nothing.
  // `id` is no summary. Thread-safe.
  void Notify(const slurm::JobId& id);
  // Takes the interval and the retention, and polls soon; the rest stays as it
  // was. Thread-safe.
  void Change(const Options& options);
  // It may be this replica's cluster now, or not any more. Thread-safe.
  void RolesChanged();
  // One look, at the notified jobs that are due. For the thread and for tests.
  absl::Status LookOnce();

  Totals totals() const;
  // Unset until Slurm has told, where it had to be asked.
  std::optional<Cluster> cluster() const;
  // Of the thread.
  const Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  // Whether the cluster is this replica's, with the token that was loaded for.
  bool IsMine() const;
  // Waits until the cluster is this replica's and what is stored is loaded.
  // False when stopping.
  bool AwaitRole();
  // A second, or until a role changes. False when stopping.
  bool Nap();
  void ReportStore(const absl::Status& status);
  // Another replica may reach Slurm where this one does not.
  void LeaveToOthersIfSlurmIsAway();
  void Loop();
  // Looks at notified jobs until then; sooner, but not before `soonest`, where
  // these are too many. False when stopping.
  bool AwaitNextPoll(absl::Duration next, absl::Duration soonest);
  void TakeChange();
  // For the heartbeat: one part of a poll begins; the next poll is to begin.
  void ExpectWork();
  void ExpectPollAt(absl::Duration next);
  JobTracker::Options TrackerOptions() const;
  // Another replica may have changed them.
  void ForgetJobs();
  // Slurm commands run so far, and the time that they took.
  slurm::CommandCounts::Count Commands() const;
  // Whether this poll may run one more.
  bool MayRunCommand() const;
  // Asks for what is not known of the cluster yet.
  absl::Status LearnCluster();
  absl::Status ReadQueue();
  // The time is when the queue was read; InfiniteFuture when it was not.
  absl::Status ReadAccounting(absl::Time queue_read_at);
  void NoteCoverage(const AccountingWindow::Window& window,
                    const slurm::JobSnapshot& snapshot,
                    const JobTracker::Applied& applied);
  ScriptReader BatchScripts();
  // What else the tracker stores: mostly nothing, so that only a failure says
  // something of the Store.
  absl::StatusOr<JobTracker::Applied> Stored(
      absl::StatusOr<JobTracker::Applied> applied);
  absl::StatusOr<bool> LookForMissing(absl::Duration grace,
                                      bool accounting_read);
  absl::Status FinishMissing(bool accounting_read);
  void RemoveOld(absl::Time now);
  void Note(const JobTracker::Applied& applied);

  slurm::SlurmClient* const slurm_;
  Store* const store_;
  const Clock* const clock_;
  const Health health_;
  const std::function<void()> on_pending_;
  const Options options_;
  const std::unique_ptr<re2::RE2> job_pattern_;
  const Random random_ = SystemRandom();
  std::thread thread_;
  Heartbeat heartbeat_;

  // Owned by the thread that polls.
  std::optional<int64_t> token_;  // that what follows was loaded with
  std::unique_ptr<JobTracker> tracker_;
  AccountingWindow window_;
  PollPace pace_;
  absl::Duration longest_interval_;  // that was asked for so far
  PartitionWatch partitions_;
  absl::Status slurm_answer_;  // to the last poll
  Handover handover_;
  Retention retention_;
  bool has_accounting_;
  std::vector<int64_t> waiting_arrays_;  // in the last queue
  int64_t commands_before_ = 0;          // when this poll began
  bool looked_in_whole_queue_ = false;   // for the jobs that are missing
  bool has_more_ = false;                // to read than this poll did

  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  Notices notices_ ABSL_GUARDED_BY(mu_);
  bool poll_soon_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<Options> change_ ABSL_GUARDED_BY(mu_);

  mutable Mutex totals_mu_;
  Totals totals_ ABSL_GUARDED_BY(totals_mu_);
  std::optional<Cluster> cluster_ ABSL_GUARDED_BY(totals_mu_);
  Quarantine quarantine_ ABSL_GUARDED_BY(totals_mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_POLLER_H_
