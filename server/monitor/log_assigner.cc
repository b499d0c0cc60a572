#include "server/monitor/log_assigner.h"

#include <algorithm>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/monitor/delivery.h"
#include "slurm/log_path.h"

namespace smon {
namespace {

using slurm::IsEnded;
using slurm::JobRecord;
using slurm::LogPathProblem;

// Scripts asked for in one Slurm command.
constexpr size_t kMostScripts = 2000;
// Accounting has a script some seconds after the job (seen on 22.05.8). Much
// less than any window overlaps.
constexpr absl::Duration kScriptLag = absl::Seconds(30);
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

LogAssigner::LogAssigner(Store* store, const Clock* clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {}

void LogAssigner::Load(const Job& job) {
  const JobRecord& record = job.record;
  if (record.array_job_id == 0) return;
  if (!IsEnded(record.state)) {
    ++live_tasks_[record.array_job_id];
  } else if (job.delivery.phase == Phase::kWaiting && job.log_owner_id == 0) {
    held_[{record.array_job_id, job.log.path}] = job.id;
  }
}

absl::StatusOr<bool> LogAssigner::Assign(RecordSource source,
                                         const ScriptReader& scripts,
                                         std::vector<JobUpdate>* updates) {
  held_here_.clear();
  SMON_RETURN_IF_ERROR(FindComponentOwners(updates));
  std::vector<JobUpdate*> wanting;
  for (JobUpdate& update : *updates) {
    const JobRecord& record = update.job.record;
    if (source == RecordSource::kAccounting && update.job.log.path.empty() &&
        record.stdout_pattern.empty() && record.start_time.has_value() &&
        update.job.delivery.phase == Phase::kWaiting) {
      wanting.push_back(&update);
    } else {
      ResolveLog("", &update);
    }
  }
  if (wanting.empty()) return false;

  const bool more = wanting.size() > kMostScripts;
  std::vector<std::string> ids;
  for (JobUpdate* update : wanting) {
    if (ids.size() == kMostScripts) break;
    ids.push_back(ScriptOwner(update->job.record));
  }
  const auto by_id = scripts(ids);
  if (!by_id.ok() && !absl::IsResourceExhausted(by_id.status())) {
    LogWarning("cannot read batch scripts; will try again",
               {{"jobs", ids.size()}, {"error", by_id.status().message()}});
  }
  for (size_t i = 0; i < wanting.size(); ++i) {
    wanting[i]->postponed = !by_id.ok() || i >= ids.size();
    if (wanting[i]->postponed) continue;
    const auto it = by_id->find(ids[i]);
    ResolveLog(it == by_id->end() ? "" : it->second, wanting[i]);
    wanting[i]->early = MayHaveScriptSoon(*wanting[i]);
  }
  for (JobUpdate& update : *updates) {
    if (update.owner == nullptr) continue;
    update.postponed |= update.owner->postponed;
    update.early |= update.owner->early;
  }
  return more && by_id.ok();
}

bool LogAssigner::MayHaveScriptSoon(const JobUpdate& update) const {
  const JobRecord& record = *update.said;
  return update.job.log.needs_script && record.from_accounting &&
         record.end_time.value_or(absl::InfinitePast()) >
             clock_->Now() - kScriptLag;
}

// A component after the first has no file of its own. It shares the log of the
// first component that is watched: usually the first of all, but that one may
// run in a partition, or have a name, that is not.
absl::Status LogAssigner::FindComponentOwners(std::vector<JobUpdate>* updates) {
  std::vector<JobUpdate*> followers;
  absl::flat_hash_map<int64_t, JobUpdate*> first_in_batch;  // by het_job_id
  for (JobUpdate& update : *updates) {
    const JobRecord& record = *update.said;
    if (record.het_job_id == 0) continue;
    if (IsFollower(record) && update.job.log.path.empty() &&
        update.job.delivery.phase == Phase::kWaiting) {
      followers.push_back(&update);
    }
    JobUpdate*& first = first_in_batch[record.het_job_id];
    if (first == nullptr ||
        record.het_offset.value_or(0) < first->said->het_offset.value_or(0)) {
      first = &update;
    }
  }
  for (JobUpdate* follower : followers) {
    const JobRecord& record = *follower->said;
    std::vector<JobKey> keys;
    for (int32_t offset = 0; offset < *record.het_offset; ++offset) {
      for (const absl::Duration slack :
           {absl::ZeroDuration(), -kSubmitSlack, kSubmitSlack}) {
        keys.push_back({options_.cluster,
                        absl::StrCat(record.het_job_id, "+", offset),
                        record.submit_time + slack});
      }
    }
    SMON_ASSIGN_OR_RETURN(std::vector<Job> stored, store_->FindJobs(keys));
    for (Job& job : stored) {
      if (job.log_owner_id != 0) continue;
      follower->stored_owner_id = job.id;
      follower->stored_owner = std::make_unique<const Job>(std::move(job));
    }
    JobUpdate* first = first_in_batch[record.het_job_id];
    // What the batch says of the first component is newer than what is stored.
    const bool has_leader = !IsFollower(*first->said);
    if (first != follower && (has_leader || follower->stored_owner_id == 0)) {
      follower->owner = first;
      follower->stored_owner_id = 0;
      follower->stored_owner = nullptr;
    }
  }
  return absl::OkStatus();
}

void LogAssigner::ResolveLog(const std::string& script, JobUpdate* update) {
  Job& job = update->job;
  const bool ended = IsEnded(job.record.state);
  if (!ended && !job.record.start_time.has_value()) return;
  // Accounting alone may have told too little.
  const bool was_untold = job.delivery.phase == Phase::kNoLog &&
                          job.log.problem == LogPathProblem::kUnresolved &&
                          !update->said->stdout_pattern.empty();
  if (job.delivery.phase != Phase::kWaiting && !was_untold) return;
  // What the controller's own pattern could not tell, accounting's altered text
  // must not.
  const bool settled = job.log.problem == LogPathProblem::kUnresolved &&
                       update->said->stdout_pattern.empty();
  if (job.log.path.empty() && !settled) {
    const JobRecord* leader = nullptr;
    if (update->owner != nullptr) leader = &update->owner->job.record;
    if (update->stored_owner != nullptr) leader = &update->stored_owner->record;
    if (leader != nullptr && IsFollower(*leader)) leader = nullptr;
    job.log = slurm::ResolveLogPath(job.record, leader, script,
                                    options_.slurm_version);
    if (!job.log.path.empty()) {
      update->changed = update->found_log = true;
      update->history.push_back(absl::StrCat("log path ", job.log.path));
    }
  }
  if (was_untold) {
    if (job.log.problem == LogPathProblem::kUnresolved) return;
    job.delivery = Delivery();
  }
  if (!ended || update->HasOwner()) return;  // the latter shows its owner's
  if (job.log.shared_by_array && options_.shared_logs == SharedLogs::kLast) {
    Hold(update);
    return;
  }
  update->start_delivery = update->changed = true;
  job.delivery = StartDelivery(job.log, clock_->Now());
  if (job.log.path.empty()) {
    update->history.push_back(absl::StrCat("no log: ", job.log.error));
  }
}

void LogAssigner::Hold(JobUpdate* update) {
  Job& job = update->job;
  const int64_t array = job.record.array_job_id;
  const SharedLog log(array, job.log.path);
  if (const auto it = held_.find(log); it != held_.end()) {
    if (it->second == job.id) return;
    update->stored_owner_id = it->second;
    update->changed = true;
    return;
  }
  const JobUpdate*& holder = held_here_[log];
  update->changed = true;
  if (holder != nullptr) {
    update->owner = holder;
    return;
  }
  holder = update;
  update->start_delivery = true;
  job.delivery.error = absl::StrCat("waits for the other tasks of array ",
                                    array, ", which write to the same file");
  update->history.push_back(job.delivery.error);
}

void LogAssigner::Remember(const JobUpdate& update) {
  const JobRecord& record = update.job.record;
  const int64_t array = record.array_job_id;
  if (array == 0) return;
  const bool is_live = !IsEnded(record.state);
  if (is_live != update.was_live) {
    int64_t& live = live_tasks_[array];
    live += is_live ? 1 : -1;
    if (live <= 0) live_tasks_.erase(array);
  }
  const SharedLog log(array, update.job.log.path);
  if (const auto it = held_here_.find(log);
      it != held_here_.end() && it->second == &update) {
    held_[log] = update.job.id;
  }
}

void LogAssigner::NoteUnstored(const JobRecord& record) {
  if (record.array_job_id != 0) unstored_tasks_.insert(record.array_job_id);
}

std::vector<int64_t> LogAssigner::CompleteLogs(
    const std::vector<int64_t>& waiting_arrays) const {
  std::vector<int64_t> jobs;
  if (held_.empty()) return jobs;
  const absl::flat_hash_set<int64_t> waiting(waiting_arrays.begin(),
                                             waiting_arrays.end());
  for (const auto& [log, job] : held_) {
    if (!waiting.contains(log.first) && !live_tasks_.contains(log.first) &&
        !unstored_tasks_.contains(log.first)) {
      jobs.push_back(job);
    }
  }
  return jobs;
}

void LogAssigner::Release(const std::vector<int64_t>& jobs) {
  const absl::flat_hash_set<int64_t> released(jobs.begin(), jobs.end());
  for (auto it = held_.begin(); it != held_.end();) {
    if (released.contains(it->second)) {
      held_.erase(it++);
    } else {
      ++it;
    }
  }
}

}  // namespace smon
