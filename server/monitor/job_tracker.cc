#include "server/monitor/job_tracker.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/monitor/delivery.h"
#include "server/monitor/tracking.h"

namespace smon {
namespace {

using slurm::IsEnded;
using slurm::JobRecord;
using slurm::MayRunAgain;

// Records worked on at a time: bounds the memory that a first poll takes.
constexpr size_t kChunk = 5000;

// When it ended, or `now` where that is not known; unset while it is live.
std::optional<absl::Time> EndOf(const JobRecord& record, absl::Time now) {
  if (!IsEnded(record.state)) return std::nullopt;
  return record.end_time.value_or(now);
}

}  // namespace

void JobTracker::Applied::Add(const Applied& other) {
  new_jobs += other.new_jobs;
  late_jobs += other.late_jobs;
  new_log_paths += other.new_log_paths;
  started_deliveries += other.started_deliveries;
  postponed += other.postponed;
  more |= other.more;
}

JobTracker::JobTracker(Store* store, const Clock* clock, Options options)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      logs_(store, clock, options_.logs) {}

absl::Status JobTracker::Load(absl::Time ended_after) {
  SMON_ASSIGN_OR_RETURN(const std::vector<Job> jobs,
                        store_->LoadLive(options_.logs.cluster, ended_after));
  SMON_ASSIGN_OR_RETURN(const JobCounts counts,
                        store_->CountJobs(options_.logs.cluster));
  store_is_empty_ = counts.total == 0;
  const absl::Time now = clock_->Now();
  for (const Job& job : jobs) {
    memory_.Load(KeyOf(job.record), job.id, EndOf(job.record, now));
    logs_.Load(job);
  }
  return absl::OkStatus();
}

absl::StatusOr<JobTracker::Applied> JobTracker::ApplyQueue(
    const std::vector<JobRecord>& records) {
  return Apply(records, RecordSource::kQueue, Accounting());
}

absl::StatusOr<JobTracker::Applied> JobTracker::ApplyAccounting(
    const std::vector<JobRecord>& records, const Accounting& accounting) {
  left_to_queue_ = LeftToQueue(records, accounting.queue_read_at);
  logs_.BeginAccounting();
  return Apply(records, RecordSource::kAccounting, accounting);
}

// A run that may have another after it is not left: no queue will show it, and
// its log may be overwritten. Components are left together: one alone does not
// find the log of the first. No run is left twice: the controller's clock may
// be ahead of this one.
absl::flat_hash_set<RunKey> JobTracker::LeftToQueue(
    const std::vector<JobRecord>& records, absl::Time queue_read_at) const {
  absl::flat_hash_set<RunKey> left;
  absl::flat_hash_set<int64_t> het_jobs;
  const auto leave = [&](const JobRecord& record) {
    const RunKey key = KeyOf(record);
    if (memory_.IsWatched(key) || left_to_queue_.contains(key)) return;
    left.insert(key);
    if (record.het_job_id != 0) het_jobs.insert(record.het_job_id);
  };
  for (const JobRecord& record : records) {
    if (record.end_time.value_or(absl::InfinitePast()) >= queue_read_at &&
        !MayRunAgain(record.state)) {
      leave(record);
    }
  }
  if (het_jobs.empty()) return left;
  for (const JobRecord& record : records) {
    if (het_jobs.contains(record.het_job_id)) leave(record);
  }
  return left;
}

absl::StatusOr<JobTracker::Applied> JobTracker::Apply(
    const std::vector<JobRecord>& records, RecordSource source,
    const Accounting& accounting) {
  // The watermark stands for all of the records: it comes with the last.
  Accounting without_watermark = accounting;
  without_watermark.watermark.reset();
  memory_.ExpectFirst(records.size());
  look_up_ = !std::exchange(store_is_empty_, false);
  Applied all;
  const JobRecord* const end = records.data() + records.size();
  for (const JobRecord* next = records.data();;) {
    const JobRecord* const begin = next;
    next = end - begin > static_cast<ptrdiff_t>(kChunk) ? begin + kChunk : end;
    const bool is_last = next == end && all.postponed == 0;
    SMON_ASSIGN_OR_RETURN(const Applied some,
                          ApplyChunk(begin, next, source,
                                     is_last ? accounting : without_watermark));
    all.Add(some);
    if (next == end) return all;
  }
}

absl::StatusOr<JobTracker::Applied> JobTracker::ApplyChunk(
    const JobRecord* begin, const JobRecord* end, RecordSource source,
    const Accounting& accounting) {
  std::vector<JobUpdate> updates;
  updates.reserve(end - begin);
  for (const JobRecord* record = begin; record != end; ++record) {
    if (const RunKey key = KeyOf(*record); !memory_.IsWatched(key)) {
      if (options_.is_wanted && !options_.is_wanted(*record)) {
        memory_.Ignore(*record, source);
        continue;
      }
      if (source == RecordSource::kAccounting && left_to_queue_.contains(key)) {
        logs_.NoteUnstored(*record);
        continue;
      }
    }
    updates.emplace_back().said = record;
  }
  SMON_RETURN_IF_ERROR(FetchStored(&updates));
  for (JobUpdate& update : updates) Merge(source, &update);
  Applied applied;
  SMON_ASSIGN_OR_RETURN(applied.more,
                        logs_.Assign(source, accounting.scripts, &updates));
  if (options_.track_running) StartTracking(&updates);
  for (const JobUpdate& update : updates) {
    if (update.IsPutOff()) {
      logs_.NoteUnstored(*update.said);
      applied.postponed += update.postponed;
      continue;
    }
    const Job& job = update.job;
    if (job.id == 0) {
      ++applied.new_jobs;
      if (EndOf(job.record, absl::InfiniteFuture()) < accounting.late_before) {
        ++applied.late_jobs;
      }
    }
    if (update.found_log) ++applied.new_log_paths;
    if (update.start_delivery && job.delivery.phase == Phase::kPending) {
      ++applied.started_deliveries;
    }
  }
  SMON_RETURN_IF_ERROR(Commit(
      &updates, applied.postponed == 0 ? accounting.watermark : std::nullopt));
  for (const JobUpdate& update : updates) {
    if (!update.IsPutOff()) Remember(update, source);
  }
  if (!updates.empty()) SMON_FAILPOINT("discovery.remembered");
  return applied;
}

absl::Status JobTracker::FetchStored(std::vector<JobUpdate>* updates) {
  if (updates->empty() || !look_up_) return absl::OkStatus();
  std::vector<JobKey> keys;
  keys.reserve(updates->size());
  for (const JobUpdate& update : *updates) {
    keys.push_back(
        {options_.logs.cluster, update.said->job_id, update.said->submit_time});
  }
  SMON_ASSIGN_OR_RETURN(const std::vector<Job> jobs, store_->FindJobs(keys));
  if (jobs.empty()) return absl::OkStatus();
  absl::flat_hash_map<RunKey, const Job*> by_key;
  for (const Job& job : jobs) by_key[KeyOf(job.record)] = &job;
  for (JobUpdate& update : *updates) {
    if (const auto it = by_key.find(KeyOf(*update.said)); it != by_key.end()) {
      update.job = *it->second;
    }
  }
  return absl::OkStatus();
}

void JobTracker::Merge(RecordSource source, JobUpdate* update) {
  Job& job = update->job;
  if (job.id == 0) {
    job.cluster = options_.logs.cluster;
    job.record = *update->said;
    update->history.push_back(absl::StrCat(
        "seen by ", source == RecordSource::kQueue ? "squeue: " : "sacct: ",
        DescribeEnd(*update->said)));
    update->changed = true;
    return;
  }
  update->was_live = !IsEnded(job.record.state);
  const uint64_t before = Fingerprint(job.record);
  update->history = MergeRecord(*update->said, source, &job.record);
  update->changed = Fingerprint(job.record) != before;
}

void JobTracker::StartTracking(std::vector<JobUpdate>* updates) {
  for (JobUpdate& update : *updates) {
    if (update.HasOwner() || !IsToBeTracked(update.job)) continue;
    update.job.tracking.next_attempt = clock_->Now();
    update.changed = true;
  }
}

// One transaction; two where jobs have to know the ids of those whose log they
// share.
absl::Status JobTracker::Commit(std::vector<JobUpdate>* updates,
                                std::optional<absl::Time> watermark) {
  std::vector<JobUpdate*> first;
  std::vector<JobUpdate*> followers;
  for (JobUpdate& update : *updates) {
    if (update.IsPutOff() || !update.changed) continue;
    (update.owner != nullptr ? followers : first).push_back(&update);
  }
  if (!first.empty() || (followers.empty() && watermark.has_value())) {
    SMON_RETURN_IF_ERROR(
        CommitSome(first, followers.empty() ? watermark : std::nullopt));
  }
  if (followers.empty()) return absl::OkStatus();
  return CommitSome(followers, watermark);
}

absl::Status JobTracker::CommitSome(const std::vector<JobUpdate*>& updates,
                                    std::optional<absl::Time> watermark) {
  PollChanges changes;
  changes.cluster = options_.logs.cluster;
  changes.poll_token = options_.poll_token;
  changes.accounting_watermark = watermark;
  changes.changes.reserve(updates.size());
  for (JobUpdate* update : updates) {
    Job& job = update->job;
    if (update->owner != nullptr) {
      job.log_owner_id = update->owner->job.id;
    } else if (update->stored_owner_id != 0) {
      job.log_owner_id = update->stored_owner_id;
    }
    if (update->start_delivery) {
      job.delivery.urgent = MayRunAgain(job.record.state) ||
                            memory_.HasNewerRun(KeyOf(job.record));
    }
    PollChanges::Change& change = changes.changes.emplace_back();
    const bool is_new = job.id == 0;
    change.job = std::move(job);
    change.delivery_too = update->start_delivery;
    if (is_new) {  // one entry for all that was known at first sight
      change.history.push_back(absl::StrJoin(update->history, "; "));
    } else {
      change.history = std::move(update->history);
    }
  }
  if (!updates.empty()) SMON_FAILPOINT("discovery.before_commit");
  if (watermark.has_value()) SMON_FAILPOINT("watermark.before_commit");
  SMON_RETURN_IF_ERROR(store_->CommitPoll(&changes));
  if (!updates.empty()) SMON_FAILPOINT("discovery.after_commit");
  if (watermark.has_value()) SMON_FAILPOINT("watermark.after_commit");
  for (size_t i = 0; i < updates.size(); ++i) {
    updates[i]->job = std::move(changes.changes[i].job);
  }
  return absl::OkStatus();
}

void JobTracker::Remember(const JobUpdate& update, RecordSource source) {
  memory_.Remember(*update.said, source, update.job.id,
                   EndOf(update.job.record, clock_->Now()));
  logs_.Remember(update);
}

void JobTracker::NoteMissing(const std::vector<int64_t>& unreadable) {
  memory_.NoteMissing(clock_->Now(), unreadable);
}

std::optional<absl::Time> JobTracker::OverdueSince(int polls,
                                                   absl::Duration grace) const {
  return memory_.OverdueSince(polls, grace, clock_->Now());
}

absl::StatusOr<JobTracker::Applied> JobTracker::FindMissing(
    const std::vector<JobRecord>& records, RecordSource source,
    const ScriptReader& scripts) {
  Accounting accounting;
  accounting.scripts = scripts;
  return Apply(records, source, accounting);
}

absl::StatusOr<JobTracker::Applied> JobTracker::FinishMissing(
    int polls, absl::Duration grace) {
  return Finish(memory_.Overdue(polls, grace, clock_->Now()),
                slurm::JobState::kFinished);
}

absl::StatusOr<JobTracker::Applied> JobTracker::FinishRequeued() {
  return Finish(memory_.Requeued(), slurm::JobState::kRequeued);
}

absl::StatusOr<JobTracker::Applied> JobTracker::Finish(
    const std::vector<RunMemory::Missing>& missing, slurm::JobState state) {
  if (missing.empty()) return Applied{};
  std::vector<int64_t> ids;
  absl::flat_hash_map<int64_t, absl::Time> since;
  for (const RunMemory::Missing& run : missing) {
    ids.push_back(run.id);
    since[run.id] = run.since;
  }
  SMON_ASSIGN_OR_RETURN(const std::vector<Job> jobs, store_->LoadJobs(ids));
  std::vector<JobRecord> records;
  for (const Job& job : jobs) {
    JobRecord& record = records.emplace_back(job.record);
    record.state = state;
    record.state_text = std::string(slurm::JobStateName(state));
    record.reason.clear();
    record.end_time = since[job.id];
    if (state == slurm::JobState::kRequeued) {
      LogInfo("run ended, for its job was requeued",
              {{"job_id", record.job_id}});
    } else {
      LogWarning("job left Slurm and its final state is not known",
                 {{"job_id", record.job_id}});
    }
  }
  Accounting accounting;
  accounting.scripts = [](const std::vector<std::string>&) {
    return std::map<std::string, std::string>();
  };
  return Apply(records, RecordSource::kAccounting, accounting);
}

absl::StatusOr<JobTracker::Applied> JobTracker::ReleaseSharedLogs(
    const std::vector<int64_t>& waiting_arrays) {
  const std::vector<int64_t> ids = logs_.CompleteLogs(waiting_arrays);
  if (ids.empty()) return Applied{};
  SMON_ASSIGN_OR_RETURN(std::vector<Job> jobs, store_->LoadJobs(ids));
  PollChanges changes;
  changes.cluster = options_.logs.cluster;
  changes.poll_token = options_.poll_token;
  for (Job& job : jobs) {
    PollChanges::Change& change = changes.changes.emplace_back();
    change.job = std::move(job);
    change.job.delivery = StartDelivery(change.job.log, clock_->Now());
    change.delivery_too = true;
    change.history.push_back("all tasks that write to the log have ended");
  }
  SMON_FAILPOINT("shared_logs.before_commit");
  SMON_RETURN_IF_ERROR(store_->CommitPoll(&changes));
  SMON_FAILPOINT("shared_logs.after_commit");
  logs_.Release(ids);
  Applied applied;
  applied.started_deliveries = static_cast<int64_t>(changes.changes.size());
  return applied;
}

}  // namespace smon
