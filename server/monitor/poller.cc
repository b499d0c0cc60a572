#include "server/monitor/poller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "re2/re2.h"
#include "server/monitor/backoff.h"

namespace smon {
namespace {

// A job that is in no queue and not in accounting has no final state to be had:
// accounting is a few seconds late, and one queue may be incomplete.
constexpr int kMissingPolls = 2;
constexpr absl::Duration kMissingGrace = absl::Minutes(1);
// While accounting does not answer, its log should not wait for ever; the state
// is corrected once it does.
constexpr absl::Duration kMissingGraceNoAccounting = absl::Minutes(10);
// After a failed poll the next one comes sooner than the interval.
constexpr absl::Duration kRetry = absl::Seconds(5);

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
      tracker_(store, clock, options_.cluster, options_.slurm_version) {}

Poller::~Poller() { Stop(); }

absl::Status Poller::Load() {
  const absl::Time now = clock_->Now();
  SMON_ASSIGN_OR_RETURN(watermark_,
                        store_->AccountingWatermark(options_.cluster));
  if (watermark_ == absl::InfinitePast()) {
    watermark_ = now - options_.first_lookback + options_.overlap;
    // Stored now: what ends until accounting first answers must not be lost to
    // a restart before that.
    PollChanges start;
    start.cluster = options_.cluster;
    start.accounting_watermark = watermark_;
    SMON_RETURN_IF_ERROR(store_->CommitPoll(&start));
  }
  const absl::Time since = std::min(watermark_, now) - 2 * options_.overlap;
  return tracker_.Load(since);
}

void Poller::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Poller::Stop() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Poller::Loop() {
  int failures = 0;
  for (;;) {
    const absl::Time start = absl::Now();
    failures = PollOnce().ok() ? 0 : failures + 1;
    absl::Duration wait = options_.interval;
    if (failures > 0) {
      wait = std::min(wait, kRetry * (1 << std::min(failures - 1, 5)));
    }
    const absl::Time next = start + wait;
    MutexLock lock(&mu_);
    while (!stopping_ && absl::Now() < next) {
      changed_.WaitFor(&mu_, next - absl::Now());
    }
    if (stopping_) return;
  }
}

absl::Status Poller::PollOnce() {
  const absl::Time start = clock_->Now();
  const absl::Status queue = ReadQueue();
  if (!queue.ok()) {
    LogWarning("poll failed", {{"error", queue.message()}});
  }
  absl::Status accounting = absl::OkStatus();
  if (options_.has_accounting) accounting = ReadAccounting();
  if (!accounting.ok()) {
    LogWarning("accounting could not be read",
               {{"error", accounting.message()}});
  }
  absl::Status missing = absl::OkStatus();
  if (queue.ok()) missing = FinishMissing(accounting.ok());
  tracker_.Forget(start - 2 * options_.overlap);
  MutexLock lock(&totals_mu_);
  totals_.last_duration = clock_->Now() - start;
  totals_.watermark = watermark_;
  if (!queue.ok() || !missing.ok()) {
    ++totals_.failed_polls;
    return queue.ok() ? missing : queue;
  }
  ++totals_.polls;
  totals_.last_success = start;
  return absl::OkStatus();
}

absl::Status Poller::ReadQueue() {
  auto snapshot = slurm_->ReadQueue();
  absl::Status status = snapshot.status();
  if (status.ok() && snapshot->jobs.empty() && tracker_.live() > 0) {
    status = CheckPartitions();
  }
  health_.slurm->Report(status);
  if (!status.ok()) return status;
  {
    MutexLock lock(&totals_mu_);
    totals_.skipped_summaries = snapshot->skipped_summaries;
    totals_.malformed_records += snapshot->malformed_records;
  }
  auto applied = tracker_.Apply(Wanted(std::move(snapshot->jobs)),
                                RecordSource::kQueue, nullptr, std::nullopt);
  health_.store->Report(applied.status());
  if (!applied.ok()) return applied.status();
  Note(*applied);
  tracker_.NoteMissing();
  return absl::OkStatus();
}

// squeue answers an unknown partition with nothing and status 0. That is not
// "all jobs have ended".
absl::Status Poller::CheckPartitions() {
  SMON_ASSIGN_OR_RETURN(const std::vector<std::string> there,
                        slurm_->ListPartitions());
  for (const std::string& wanted : options_.partitions) {
    if (std::find(there.begin(), there.end(), wanted) == there.end()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "partition '", wanted, "' is gone from Slurm, which has: ",
          absl::StrJoin(there, ", "), "; set --partitions"));
    }
  }
  return absl::OkStatus();
}

absl::Status Poller::ReadAccounting() {
  const absl::Time now = clock_->Now();
  // A clock that was set back must not skip what ended meanwhile.
  const absl::Time since = std::min(watermark_, now) - options_.overlap;
  auto snapshot = slurm_->ReadAccounting(since);
  health_.accounting->Report(snapshot.status());
  if (!snapshot.ok()) return snapshot.status();
  auto applied = tracker_.Apply(
      Wanted(std::move(snapshot->jobs)), RecordSource::kAccounting,
      [this](const std::vector<std::string>& ids) {
        return slurm_->ReadBatchScripts(ids);
      },
      now);
  health_.store->Report(applied.status());
  if (!applied.ok()) return applied.status();
  {
    MutexLock lock(&totals_mu_);
    totals_.malformed_records += snapshot->malformed_records;
  }
  if (!applied->postponed) watermark_ = now;
  Note(*applied);
  return absl::OkStatus();
}

absl::Status Poller::FinishMissing(bool accounting_read) {
  absl::Duration grace = absl::ZeroDuration();
  if (options_.has_accounting) {
    grace = accounting_read ? kMissingGrace : kMissingGraceNoAccounting;
  }
  SMON_ASSIGN_OR_RETURN(const JobTracker::Applied applied,
                        tracker_.FinishMissing(kMissingPolls, grace));
  Note(applied);
  return absl::OkStatus();
}

std::vector<slurm::JobRecord> Poller::Wanted(
    std::vector<slurm::JobRecord> records) const {
  if (job_pattern_ == nullptr) return records;
  const auto unwanted = [this](const slurm::JobRecord& record) {
    const std::string name = ToValidUtf8(record.name);
    return !job_pattern_->Match(name, 0, name.size(), re2::RE2::ANCHOR_START,
                                nullptr, 0);
  };
  records.erase(std::remove_if(records.begin(), records.end(), unwanted),
                records.end());
  return records;
}

void Poller::Note(const JobTracker::Applied& applied) {
  {
    MutexLock lock(&totals_mu_);
    totals_.jobs += applied.new_jobs;
    totals_.with_log_path += applied.new_log_paths;
  }
  if (applied.new_jobs > 0 || applied.started_deliveries > 0) {
    LogInfo("jobs found", {{"new", applied.new_jobs},
                           {"logs_to_send", applied.started_deliveries}});
  }
  if (applied.started_deliveries > 0) on_pending_();
}

Poller::Totals Poller::totals() const {
  MutexLock lock(&totals_mu_);
  return totals_;
}

}  // namespace smon
