#include "server/monitor/poller.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/failpoint.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "re2/re2.h"

namespace smon {
namespace {

// A job that is in no queue and not in accounting has no final state to be had:
// accounting is a few seconds late, and one queue may be incomplete.
constexpr int kMissingPolls = 2;
constexpr absl::Duration kMissingGrace = absl::Minutes(1);
// While accounting does not answer, its log should not wait for ever; the state
// is corrected once it does.
constexpr absl::Duration kMissingGraceNoAccounting = absl::Minutes(10);
// Slurm commands of one poll, and of a start with its first poll.
constexpr int64_t kCommandsPerPoll = 3;
constexpr int64_t kCommandsAtStart = 6;
// Slurm's times are whole seconds, rounded down, by the controller's clock.
constexpr absl::Duration kClockSlack = absl::Seconds(2);

// One part of a poll takes a few Slurm commands, each of which has a timeout of
// a minute, and transactions: the first poll of a large cluster stores for
// minutes. Who takes longer hangs.
constexpr absl::Duration kLongestPart = absl::Minutes(15);

absl::Status NotMine() {
  return absl::AbortedError("another replica polls the cluster");
}

}  // namespace

Poller::Poller(slurm::SlurmClient* slurm, Store* store, const Clock* clock,
               Health health, std::function<void()> on_pending, Options options)
    : slurm_(slurm),
      store_(store),
      clock_(clock),
      health_(health),
      on_pending_(std::move(on_pending)),
      options_(std::move(options)),
      job_pattern_(options_.job_pattern.empty()
                       ? nullptr
                       : std::make_unique<re2::RE2>(options_.job_pattern)),
      heartbeat_(clock),
      tracker_(std::make_unique<JobTracker>(store, clock, TrackerOptions())),
      window_(options_.accounting),
      pace_(options_.interval, options_.cluster),
      longest_interval_(options_.interval),
      partitions_(slurm, options_.partitions),
      retention_(store, clock, options_.cluster, options_.retention),
      has_accounting_(options_.has_accounting) {
  if (options_.learn != nullptr) return;
  cluster_ = {options_.slurm_version, options_.has_accounting,
              options_.partitions};
}

Poller::~Poller() { Stop(); }

JobTracker::Options Poller::TrackerOptions() const {
  JobTracker::Options options;
  options.logs.cluster = options_.cluster;
  options.logs.slurm_version = options_.slurm_version;
  options.logs.shared_logs = options_.shared_logs;
  options.track_running = options_.track_running;
  options.poll_token = token_.value_or(0);
  if (job_pattern_ != nullptr) {
    options.is_wanted = [this](const slurm::JobRecord& record) {
      const std::string name = BytesToText(record.name);
      return job_pattern_->Match(name, 0, name.size(), re2::RE2::ANCHOR_START,
                                 nullptr, 0);
    };
  }
  return options;
}

void Poller::ForgetJobs() {
  tracker_ = std::make_unique<JobTracker>(store_, clock_, TrackerOptions());
  if (const auto known = cluster(); known.has_value()) {
    tracker_->SetSlurmVersion(known->slurm_version);
  }
  waiting_arrays_.clear();
  looked_in_whole_queue_ = false;
}

absl::Status Poller::Load() {
  token_ = store_->replicas()->PollToken(options_.cluster);
  if (!token_.has_value()) {
    return NotMine();
  }
  ForgetJobs();
  const absl::Time now = clock_->Now();
  SMON_ASSIGN_OR_RETURN(smon::AccountingProgress progress,
                        store_->AccountingProgress(options_.cluster));
  if (progress.watermark == absl::InfinitePast()) {
    progress.watermark =
        now - options_.first_lookback + options_.accounting.overlap;
    progress.first = progress.watermark;
    // Stored now: what ends until accounting first answers must not be lost to
    // a restart before that.
    PollChanges start;
    start.cluster = options_.cluster;
    start.poll_token = *token_;
    start.accounting_watermark = progress.watermark;
    SMON_FAILPOINT("start.before_watermark");
    SMON_RETURN_IF_ERROR(store_->CommitPoll(&start));
    SMON_FAILPOINT("start.after_watermark");
  }
  window_.Load(progress.first, progress.watermark, now);
  partitions_.Load(now);
  return tracker_->Load(std::min(progress.watermark, now) -
                        2 * options_.accounting.overlap);
}

void Poller::ReportStore(const absl::Status& status) {
  // ABORTED says nothing of how the store is.
  if (!absl::IsAborted(status)) health_.store->Report(status);
}

void Poller::ExpectWork() { heartbeat_.Expect(kLongestPart); }

slurm::CommandCounts::Count Poller::Commands() const {
  slurm::CommandCounts::Count all;
  for (const auto& [command, count] : slurm_->Counts().by_command) {
    all.calls += count.calls;
    all.total += count.total;
  }
  return all;
}

bool Poller::MayRunCommand() const {
  if (!IsMine()) return false;
  const int64_t calls = Commands().calls;
  return calls < kCommandsAtStart ||
         calls - commands_before_ < kCommandsPerPoll;
}

absl::Status Poller::PollOnce() {
  TakeChange();
  const absl::Time start = clock_->Now();
  const absl::Duration monotonic_start = clock_->Monotonic();
  {
    MutexLock lock(&totals_mu_);
    totals_.next_poll = absl::InfiniteFuture();
  }
  ExpectWork();
  commands_before_ = Commands().calls;
  has_more_ = false;
  SMON_RETURN_IF_ERROR(LearnCluster());
  const absl::Status queue = ReadQueue();
  if (!queue.ok() && !absl::IsCancelled(queue)) {
    LogWarning("poll failed",
               {{"cluster", options_.cluster}, {"error", queue.message()}});
  }
  // To store what was read may have taken longer than a lease.
  if (!IsMine()) return NotMine();
  absl::Status accounting = absl::OkStatus();
  ExpectWork();
  if (has_accounting_) {
    accounting = ReadAccounting(queue.ok() ? start : absl::InfiniteFuture());
  }
  if (!accounting.ok() && !absl::IsCancelled(accounting)) {
    LogWarning("poll of accounting failed", {{"cluster", options_.cluster},
                                             {"error", accounting.message()}});
  }
  absl::Status missing = absl::OkStatus();
  ExpectWork();
  if (queue.ok()) {
    missing = FinishMissing(has_accounting_ && accounting.ok());
    if (!missing.ok() && !absl::IsCancelled(missing)) {
      LogWarning("poll failed",
                 {{"cluster", options_.cluster}, {"error", missing.message()}});
    }
    if (partitions_.IsDue(start) && MayRunCommand()) partitions_.Look(start);
  }
  tracker_->Forget(start - 2 * options_.accounting.overlap);
  // Munge lets in no host whose clock is far off, so that after a good poll
  // what seems old is old.
  ExpectWork();
  if (queue.ok() && accounting.ok()) RemoveOld(start);
  // A reader may have met it.
  if (const absl::Status damage = store_->Damage(); !damage.ok()) {
    ReportStore(damage);
  }
  MutexLock lock(&totals_mu_);
  totals_.last_duration = clock_->Monotonic() - monotonic_start;
  totals_.durations.Add(totals_.last_duration);
  totals_.watermark = window_.watermark();
  for (const absl::Status& status : {queue, accounting, missing}) {
    if (absl::IsAborted(status)) return status;
  }
  if (!queue.ok() || !missing.ok()) {
    ++totals_.failed_polls;
    return queue.ok() ? missing : queue;
  }
  ++totals_.polls;
  totals_.last_success = start;
  return absl::OkStatus();
}

absl::Status Poller::LearnCluster() {
  if (cluster().has_value()) return absl::OkStatus();
  absl::StatusOr<Cluster> learned = options_.learn();
  slurm_answer_ = learned.status();
  health_.slurm->Report(learned.status());
  if (!learned.ok()) {
    if (!absl::IsCancelled(learned.status())) {
      LogWarning("the cluster is not watched yet",
                 {{"cluster", options_.cluster},
                  {"error", learned.status().message()}});
    }
    MutexLock lock(&totals_mu_);
    ++totals_.failed_polls;
    return learned.status();
  }
  has_accounting_ = learned->has_accounting;
  tracker_->SetSlurmVersion(learned->slurm_version);
  partitions_.Watch(learned->partitions);
  // What was asked so far is no part of a poll.
  commands_before_ = Commands().calls;
  MutexLock lock(&totals_mu_);
  cluster_ = *std::move(learned);
  return absl::OkStatus();
}

absl::Status Poller::ReadQueue() {
  tracker_->BeginQueue();
  auto snapshot = slurm_->ReadQueue([this](const slurm::RecordHead& head) {
    return tracker_->IsNews(RecordSource::kQueue, head);
  });
  absl::Status status = snapshot.status();
  if (status.ok()) {
    status =
        partitions_.AfterQueue(snapshot->records == 0 && tracker_->live() > 0);
  }
  slurm_answer_ = status;
  health_.slurm->Report(status.ok() ? partitions_.status() : status);
  if (!status.ok()) {
    looked_in_whole_queue_ = false;  // what was seen there is old by the next
    return status;
  }
  SMON_FAILPOINT("poll.queue_read");
  {
    MutexLock lock(&totals_mu_);
    totals_.skipped_summaries = snapshot->skipped_summaries;
    quarantine_.Add(*snapshot, clock_->Now());
  }
  const auto applied = tracker_->ApplyQueue(snapshot->jobs);
  ReportStore(applied.status());
  if (!applied.ok()) return applied.status();
  Note(*applied);
  waiting_arrays_ = std::move(snapshot->waiting_arrays);

  std::vector<int64_t> unreadable;
  for (const slurm::MalformedRecord& record : snapshot->malformed) {
    if (!record.is_record) continue;
    // It may be any job's: nobody is known to be missing.
    if (!record.raw_id.has_value()) return absl::OkStatus();
    unreadable.push_back(*record.raw_id);
  }
  tracker_->NoteMissing(unreadable);
  return absl::OkStatus();
}

ScriptReader Poller::BatchScripts() {
  return [this](const std::vector<std::string>& ids)
             -> absl::StatusOr<std::map<std::string, std::string>> {
    if (!MayRunCommand()) {
      has_more_ = true;
      return absl::ResourceExhaustedError("this poll has run enough commands");
    }
    return slurm_->ReadBatchScripts(ids);
  };
}

absl::Status Poller::ReadAccounting(absl::Time queue_read_at) {
  const AccountingWindow::Window window = window_.Next(clock_->Now());
  auto snapshot = slurm_->ReadAccounting(
      window.since, window.until, [this](const slurm::RecordHead& head) {
        return tracker_->IsNews(RecordSource::kAccounting, head);
      });
  health_.accounting->Report(snapshot.status());
  if (!snapshot.ok()) {
    window_.Failed(window, clock_->Now());
    return snapshot.status();
  }
  SMON_FAILPOINT("poll.accounting_read");
  JobTracker::Accounting accounting;
  accounting.scripts = BatchScripts();
  accounting.watermark = window.watermark;
  if (window.is_audit) accounting.late_before = window.late_before;
  accounting.queue_read_at = queue_read_at - kClockSlack;
  const auto applied = tracker_->ApplyAccounting(snapshot->jobs, accounting);
  ReportStore(applied.status());
  if (!applied.ok()) return applied.status();
  {
    MutexLock lock(&totals_mu_);
    quarantine_.Add(*snapshot, clock_->Now());
  }
  if (window.is_audit) NoteCoverage(window, *snapshot, *applied);
  if (applied->postponed == 0) window_.Stored(window, clock_->Now());
  has_more_ |= applied->more || window_.is_behind();
  Note(*applied);
  return absl::OkStatus();
}

void Poller::NoteCoverage(const AccountingWindow::Window& window,
                          const slurm::JobSnapshot& snapshot,
                          const JobTracker::Applied& applied) {
  const int64_t missing = applied.postponed + snapshot.malformed_records;
  if (applied.late_jobs > 0 || missing > 0) {
    LogWarning("jobs had been missed, according to accounting",
               {{"cluster", options_.cluster},
                {"ended", snapshot.records},
                {"back_filled", applied.late_jobs},
                {"missing", missing}});
  }
  MutexLock lock(&totals_mu_);
  Coverage& coverage = totals_.coverage;
  coverage.checked = clock_->Now();
  coverage.since = window.since;
  coverage.ended = snapshot.records + snapshot.malformed_records;
  coverage.missing = missing;
  coverage.back_filled += applied.late_jobs;
}

absl::StatusOr<JobTracker::Applied> Poller::Stored(
    absl::StatusOr<JobTracker::Applied> applied) {
  if (!applied.ok()) ReportStore(applied.status());
  return applied;
}

// A job that was moved to another partition, and one that the settings no
// longer name, has not ended, or has ended elsewhere. One command a call; true
// when all places have been looked at.
absl::StatusOr<bool> Poller::LookForMissing(absl::Duration grace,
                                            bool accounting_read) {
  auto since = tracker_->OverdueSince(kMissingPolls, grace);
  if (!since.has_value()) {
    looked_in_whole_queue_ = false;
    return true;
  }
  const auto is_missing = [this](const slurm::RecordHead& head) {
    return tracker_->IsMissing(head);
  };
  if (!looked_in_whole_queue_) {
    if (!MayRunCommand()) return false;
    SMON_ASSIGN_OR_RETURN(const slurm::JobSnapshot queue,
                          slurm_->ReadWholeQueue(is_missing));
    SMON_ASSIGN_OR_RETURN(
        const JobTracker::Applied found,
        Stored(tracker_->FindMissing(queue.jobs, RecordSource::kQueue,
                                     BatchScripts())));
    Note(found);
    looked_in_whole_queue_ = true;
    since = tracker_->OverdueSince(kMissingPolls, grace);
  }
  if (since.has_value() && accounting_read) {
    if (!MayRunCommand()) return false;
    // It ended after the last poll that saw it.
    SMON_ASSIGN_OR_RETURN(
        const slurm::JobSnapshot accounting,
        slurm_->ReadWholeAccounting(
            *since - longest_interval_ - options_.accounting.overlap,
            absl::InfiniteFuture(), is_missing));
    SMON_ASSIGN_OR_RETURN(
        const JobTracker::Applied found,
        Stored(tracker_->FindMissing(accounting.jobs, RecordSource::kAccounting,
                                     BatchScripts())));
    Note(found);
    if (found.postponed > 0) return false;
  }
  looked_in_whole_queue_ = false;
  return true;
}

absl::Status Poller::FinishMissing(bool accounting_read) {
  SMON_ASSIGN_OR_RETURN(const JobTracker::Applied requeued,
                        Stored(tracker_->FinishRequeued()));
  Note(requeued);
  absl::Duration grace = absl::ZeroDuration();
  if (has_accounting_) {
    grace = accounting_read ? kMissingGrace : kMissingGraceNoAccounting;
  }
  SMON_ASSIGN_OR_RETURN(const bool looked_everywhere,
                        LookForMissing(grace, accounting_read));
  if (looked_everywhere) {
    SMON_ASSIGN_OR_RETURN(
        const JobTracker::Applied finished,
        Stored(tracker_->FinishMissing(kMissingPolls, grace)));
    Note(finished);
  } else {
    has_more_ = true;
  }
  SMON_ASSIGN_OR_RETURN(const JobTracker::Applied released,
                        Stored(tracker_->ReleaseSharedLogs(waiting_arrays_)));
  Note(released);
  return absl::OkStatus();
}

void Poller::RemoveOld(absl::Time now) {
  const absl::Time read_to =
      has_accounting_ ? std::min(window_.watermark(), now) : now;
  // An audit looks back one window; the other is for jobs that are told late
  // and clocks that are set.
  const absl::Status status = retention_.Run(std::min(
      read_to - 2 * options_.accounting.audit_window, tracker_->EarliestEnd()));
  if (!status.ok()) ReportStore(status);
  MutexLock lock(&totals_mu_);
  totals_.removed = retention_.totals();
}

void Poller::Note(const JobTracker::Applied& applied) {
  {
    MutexLock lock(&totals_mu_);
    totals_.jobs += applied.new_jobs;
    totals_.with_log_path += applied.new_log_paths;
  }
  if (applied.new_jobs > 0 || applied.started_deliveries > 0) {
    LogInfo("jobs found", {{"cluster", options_.cluster},
                           {"new", applied.new_jobs},
                           {"logs_to_send", applied.started_deliveries}});
  }
  if (applied.started_deliveries > 0) on_pending_();
}

std::optional<Poller::Cluster> Poller::cluster() const {
  MutexLock lock(&totals_mu_);
  return cluster_;
}

Poller::Totals Poller::totals() const {
  Notices::Totals notices;
  {
    MutexLock lock(&mu_);
    notices = notices_.totals();
  }
  MutexLock lock(&totals_mu_);
  Totals totals = totals_;
  totals.notices = notices;
  totals.malformed_records = quarantine_.total();
  totals.malformed = quarantine_.entries();
  return totals;
}

}  // namespace smon
