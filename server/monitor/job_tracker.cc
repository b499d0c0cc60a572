#include "server/monitor/job_tracker.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/monitor/delivery.h"

namespace smon {
namespace {

using slurm::IsEnded;
using slurm::JobRecord;

// Scripts asked for in one Slurm command.
constexpr size_t kMostScripts = 500;
// The components of one heterogeneous job are submitted by one request, but
// each notes the time by itself.
constexpr absl::Duration kSubmitSlack = absl::Seconds(1);

bool IsFollower(const JobRecord& record) {
  return record.het_offset.value_or(0) > 0;
}

// The job whose stored script says where this one's log is.
std::string ScriptOwner(const JobRecord& record) {
  return IsFollower(record) ? absl::StrCat(record.het_job_id, "+0")
                            : record.job_id;
}

}  // namespace

JobTracker::JobTracker(Store* store, const Clock* clock, std::string cluster,
                       std::string slurm_version)
    : store_(store),
      clock_(clock),
      cluster_(std::move(cluster)),
      slurm_version_(std::move(slurm_version)) {}

JobKey JobTracker::KeyOf(const JobRecord& record) const {
  return {cluster_, record.job_id, record.submit_time};
}

absl::Status JobTracker::Load(absl::Time ended_after) {
  SMON_ASSIGN_OR_RETURN(const std::vector<Job> jobs,
                        store_->LoadLive(cluster_, ended_after));
  for (const Job& job : jobs) {
    Tracked& tracked = tracked_[KeyOf(job.record)];
    tracked.id = job.id;
    tracked.ended = IsEnded(job.record.state);
    if (tracked.ended) {
      tracked.ended_at = job.record.end_time.value_or(clock_->Now());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<JobTracker::Applied> JobTracker::Apply(
    const std::vector<JobRecord>& records, RecordSource source,
    const ScriptReader& scripts, std::optional<absl::Time> watermark) {
  if (source == RecordSource::kQueue) ++queue_number_;
  std::vector<Update> updates = FindNews(records, source);
  SMON_RETURN_IF_ERROR(FetchStored(&updates));
  for (Update& update : updates) {
    if (update.job.id == 0) {
      update.job.cluster = cluster_;
      update.job.record = *update.said;
      update.history.push_back(absl::StrCat(
          "seen by ", source == RecordSource::kQueue ? "squeue: " : "sacct: ",
          DescribeEnd(*update.said)));
      update.changed = true;
      continue;
    }
    const uint64_t before = Fingerprint(update.job.record);
    update.history = MergeRecord(*update.said, source, &update.job.record);
    update.changed = Fingerprint(update.job.record) != before;
  }
  SMON_RETURN_IF_ERROR(FindLogOwners(&updates));
  ResolveLogs(&updates, source, scripts);
  return Commit(&updates, source, watermark);
}

std::vector<JobTracker::Update> JobTracker::FindNews(
    const std::vector<JobRecord>& records, RecordSource source) {
  std::vector<Update> updates;
  for (const JobRecord& record : records) {
    JobKey key = KeyOf(record);
    const uint64_t print = Fingerprint(record);
    if (const auto it = tracked_.find(key); it != tracked_.end()) {
      Tracked& tracked = it->second;
      if (source == RecordSource::kQueue) {
        tracked.queue_number = queue_number_;
        tracked.missing_polls = 0;
        tracked.missing_since = absl::InfiniteFuture();
        if (tracked.queue_print == print) continue;
      } else if (tracked.accounting_print == print) {
        continue;
      }
    }
    Update& update = updates.emplace_back();
    update.key = std::move(key);
    update.said = &record;
    update.print = print;
  }
  return updates;
}

absl::Status JobTracker::FetchStored(std::vector<Update>* updates) {
  if (updates->empty()) return absl::OkStatus();
  std::vector<JobKey> keys;
  keys.reserve(updates->size());
  for (const Update& update : *updates) keys.push_back(update.key);
  SMON_ASSIGN_OR_RETURN(std::vector<Job> jobs, store_->FindJobs(keys));
  absl::flat_hash_map<JobKey, Job*> by_key;
  for (Job& job : jobs) by_key[KeyOf(job.record)] = &job;
  for (Update& update : *updates) {
    if (const auto it = by_key.find(update.key); it != by_key.end()) {
      update.job = *it->second;
    }
  }
  return absl::OkStatus();
}

// A component after the first has no file of its own. It shares the log of the
// first component that is watched: usually the first of all, but that one may
// run in a partition, or have a name, that is not.
absl::Status JobTracker::FindLogOwners(std::vector<Update>* updates) {
  std::vector<Update*> followers;
  absl::flat_hash_map<int64_t, Update*> first_in_batch;  // by het_job_id
  for (Update& update : *updates) {
    const JobRecord& record = *update.said;
    if (record.het_job_id == 0) continue;
    if (IsFollower(record) && update.job.log_owner_id == 0 &&
        update.job.id == 0) {
      followers.push_back(&update);
    }
    Update*& first = first_in_batch[record.het_job_id];
    if (first == nullptr ||
        record.het_offset.value_or(0) < first->said->het_offset.value_or(0)) {
      first = &update;
    }
  }
  for (Update* follower : followers) {
    const JobRecord& record = *follower->said;
    std::vector<JobKey> keys;
    for (int32_t offset = 0; offset < *record.het_offset; ++offset) {
      for (const absl::Duration slack :
           {absl::ZeroDuration(), -kSubmitSlack, kSubmitSlack}) {
        keys.push_back({cluster_, absl::StrCat(record.het_job_id, "+", offset),
                        record.submit_time + slack});
      }
    }
    SMON_ASSIGN_OR_RETURN(std::vector<Job> stored, store_->FindJobs(keys));
    for (Job& job : stored) {
      if (job.log_owner_id == 0) follower->stored_owner = std::move(job);
    }
    Update* first = first_in_batch[record.het_job_id];
    if (follower->stored_owner.id == 0 && first != follower) {
      follower->owner = first;
    }
  }
  return absl::OkStatus();
}

void JobTracker::ResolveLog(const std::string& script, Update* update) {
  Job& job = update->job;
  const bool ended = IsEnded(job.record.state);
  if (!ended && !job.record.start_time.has_value()) return;
  if (job.delivery.phase != Phase::kWaiting) return;
  // What the controller's own pattern could not tell, accounting's altered text
  // must not.
  const bool settled = job.log.problem == slurm::LogPathProblem::kUnresolved &&
                       update->said->stdout_pattern.empty();
  if (job.log.path.empty() && !settled) {
    const JobRecord* leader = nullptr;
    if (update->owner != nullptr) leader = &update->owner->job.record;
    if (update->stored_owner.id != 0) leader = &update->stored_owner.record;
    if (leader != nullptr && IsFollower(*leader)) leader = nullptr;
    job.log = slurm::ResolveLogPath(job.record, leader, script, slurm_version_);
    if (!job.log.path.empty()) {
      update->changed = update->found_log = true;
      update->history.push_back(absl::StrCat("log path ", job.log.path));
    }
  }
  if (!ended) return;
  if (job.log_owner_id != 0 || update->owner != nullptr ||
      update->stored_owner.id != 0) {
    return;  // shows its owner's
  }
  update->start_delivery = update->changed = true;
  job.delivery = StartDelivery(job.log, clock_->Now());
  if (job.log.path.empty()) {
    update->history.push_back(absl::StrCat("no log: ", job.log.error));
  }
}

void JobTracker::ResolveLogs(std::vector<Update>* updates, RecordSource source,
                             const ScriptReader& scripts) {
  std::vector<Update*> wanting;
  for (Update& update : *updates) {
    const JobRecord& record = update.job.record;
    if (source == RecordSource::kAccounting && update.job.log.path.empty() &&
        record.stdout_pattern.empty() && record.start_time.has_value() &&
        update.job.delivery.phase == Phase::kWaiting) {
      wanting.push_back(&update);
    } else {
      ResolveLog("", &update);
    }
  }
  for (size_t begin = 0; begin < wanting.size(); begin += kMostScripts) {
    const size_t end = std::min(begin + kMostScripts, wanting.size());
    std::vector<std::string> ids;
    for (size_t i = begin; i < end; ++i) {
      ids.push_back(ScriptOwner(wanting[i]->job.record));
    }
    const auto by_id = scripts(ids);
    if (!by_id.ok()) {
      LogWarning("cannot read batch scripts; will try again",
                 {{"jobs", ids.size()}, {"error", by_id.status().message()}});
    }
    for (size_t i = begin; i < end; ++i) {
      wanting[i]->postponed = !by_id.ok();
      if (!by_id.ok()) continue;
      const auto it = by_id->find(ScriptOwner(wanting[i]->job.record));
      ResolveLog(it == by_id->end() ? "" : it->second, wanting[i]);
    }
  }
}

absl::StatusOr<JobTracker::Applied> JobTracker::Commit(
    std::vector<Update>* updates, RecordSource source,
    std::optional<absl::Time> watermark) {
  Applied applied;
  std::vector<Update*> first;
  std::vector<Update*> followers;
  for (Update& update : *updates) {
    if (update.postponed) {
      applied.postponed = true;
      watermark.reset();
    }
    if (update.postponed || !update.changed) continue;
    if (update.job.id == 0) ++applied.new_jobs;
    if (update.found_log) ++applied.new_log_paths;
    if (update.start_delivery && !update.job.log.path.empty()) {
      ++applied.started_deliveries;
    }
    (update.owner != nullptr ? followers : first).push_back(&update);
  }
  if (!first.empty() || (followers.empty() && watermark.has_value())) {
    SMON_RETURN_IF_ERROR(
        CommitSome(first, followers.empty() ? watermark : std::nullopt));
  }
  if (!followers.empty()) {
    SMON_RETURN_IF_ERROR(CommitSome(followers, watermark));
  }
  for (const Update& update : *updates) {
    if (!update.postponed) Remember(update, source);
  }
  return applied;
}

absl::Status JobTracker::CommitSome(const std::vector<Update*>& updates,
                                    std::optional<absl::Time> watermark) {
  PollChanges changes;
  changes.cluster = cluster_;
  changes.accounting_watermark = watermark;
  for (Update* update : updates) {
    if (update->owner != nullptr) {
      update->job.log_owner_id = update->owner->job.id;
    } else if (update->stored_owner.id != 0) {
      update->job.log_owner_id = update->stored_owner.id;
    }
    PollChanges::Change& change = changes.changes.emplace_back();
    change.job = update->job;
    CleanText(&change.job.record);
    change.delivery_too = update->start_delivery;
    change.history = update->history;
  }
  SMON_RETURN_IF_ERROR(store_->CommitPoll(&changes));
  for (size_t i = 0; i < updates.size(); ++i) {
    updates[i]->job.id = changes.changes[i].job.id;
  }
  return absl::OkStatus();
}

void JobTracker::Remember(const Update& update, RecordSource source) {
  Tracked& tracked = tracked_[update.key];
  tracked.id = update.job.id;
  tracked.ended = IsEnded(update.job.record.state);
  if (tracked.ended) {
    tracked.ended_at = update.job.record.end_time.value_or(clock_->Now());
  }
  if (source == RecordSource::kQueue) {
    tracked.queue_print = update.print;
    tracked.queue_number = queue_number_;
  } else {
    tracked.accounting_print = update.print;
  }
}

void JobTracker::NoteMissing() {
  const absl::Time now = clock_->Now();
  std::multimap<std::string, Tracked*> missing;
  for (auto& [key, tracked] : tracked_) {
    if (tracked.ended || tracked.queue_number == queue_number_) continue;
    ++tracked.missing_polls;
    tracked.missing_since = std::min(tracked.missing_since, now);
    missing.emplace(key.job_id, &tracked);
  }
  if (missing.empty()) return;
  for (const auto& [key, tracked] : tracked_) {
    if (tracked.queue_number != queue_number_) continue;
    const auto [begin, end] = missing.equal_range(key.job_id);
    for (auto it = begin; it != end; ++it) it->second->requeued = true;
  }
}

std::optional<absl::Time> JobTracker::OverdueSince(int polls,
                                                   absl::Duration grace) const {
  const absl::Time now = clock_->Now();
  std::optional<absl::Time> since;
  for (const auto& [key, tracked] : tracked_) {
    if (!tracked.IsOverdue(polls, grace, now)) continue;
    since = std::min(since.value_or(now), tracked.missing_since);
  }
  return since;
}

absl::StatusOr<JobTracker::Applied> JobTracker::FindMissing(
    std::vector<JobRecord> records, RecordSource source,
    const ScriptReader& scripts) {
  const auto is_not_missed = [this](const JobRecord& record) {
    const auto it = tracked_.find(KeyOf(record));
    return it == tracked_.end() || it->second.ended ||
           it->second.missing_polls == 0;
  };
  records.erase(std::remove_if(records.begin(), records.end(), is_not_missed),
                records.end());
  return Apply(records, source, scripts, std::nullopt);
}

absl::StatusOr<JobTracker::Applied> JobTracker::FinishMissing(
    int polls, absl::Duration grace) {
  const absl::Time now = clock_->Now();
  std::vector<JobRecord> records;
  std::vector<JobKey> keys;
  for (const auto& [key, tracked] : tracked_) {
    if (tracked.IsOverdue(polls, grace, now) ||
        (!tracked.ended && tracked.requeued)) {
      keys.push_back(key);
    }
  }
  if (keys.empty()) return Applied{};
  SMON_ASSIGN_OR_RETURN(const std::vector<Job> jobs, store_->FindJobs(keys));
  for (const Job& job : jobs) {
    JobRecord& record = records.emplace_back(job.record);
    record.state = slurm::JobState::kFinished;
    record.state_text = std::string(slurm::JobStateName(record.state));
    record.reason.clear();
    const Tracked& tracked = tracked_[KeyOf(record)];
    record.end_time = tracked.missing_since;
    if (tracked.requeued) {
      LogInfo("run ended, for its job was requeued",
              {{"job_id", record.job_id}});
    } else {
      LogWarning("job left Slurm and its final state is not known",
                 {{"job_id", record.job_id}});
    }
  }
  return Apply(
      records, RecordSource::kAccounting,
      [](const std::vector<std::string>&) {
        return std::map<std::string, std::string>();
      },
      std::nullopt);
}

void JobTracker::Forget(absl::Time ended_before) {
  for (auto it = tracked_.begin(); it != tracked_.end();) {
    const Tracked& tracked = it->second;
    const bool gone = tracked.ended && tracked.ended_at < ended_before &&
                      tracked.queue_number != queue_number_;
    if (gone) {
      tracked_.erase(it++);
    } else {
      ++it;
    }
  }
}

int64_t JobTracker::live() const {
  return std::count_if(tracked_.begin(), tracked_.end(),
                       [](const auto& entry) { return !entry.second.ended; });
}

}  // namespace smon
