#include "server/monitor/run_memory.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"

namespace smon {
namespace {

RunKey KeyOf(const slurm::RecordHead& head) {
  return {head.raw_id, absl::ToUnixSeconds(head.submit_time)};
}

}  // namespace

RunKey KeyOf(const slurm::JobRecord& record) {
  return {record.raw_id, absl::ToUnixSeconds(record.submit_time)};
}

bool RunMemory::IsNews(RecordSource source, const slurm::RecordHead& head) {
  const auto it = runs_.find(KeyOf(head));
  if (it == runs_.end()) return true;
  Run& run = it->second;
  if (source == RecordSource::kAccounting) {
    return run.accounting_print != head.print;
  }
  run.queue_number = queue_number_;
  run.missing_polls = 0;
  run.requeued = false;
  return run.queue_print != head.print;
}

bool RunMemory::IsWatched(const RunKey& key) const {
  const auto it = runs_.find(key);
  return it != runs_.end() && it->second.id != 0;
}

bool RunMemory::IsMissing(const slurm::RecordHead& head) const {
  const auto it = runs_.find(KeyOf(head));
  return it != runs_.end() && !it->second.ended && it->second.missing_polls > 0;
}

void RunMemory::SetEnd(std::optional<absl::Time> ended_at, Run* run) {
  const bool was_live = run->id != 0 && !run->ended;
  run->ended = ended_at.has_value();
  if (run->ended) run->since = *ended_at;
  live_ += (run->ended ? 0 : 1) - (was_live ? 1 : 0);
}

void RunMemory::Remember(const slurm::JobRecord& said, RecordSource source,
                         int64_t id, std::optional<absl::Time> ended_at) {
  const RunKey key = smon::KeyOf(said);
  Run& run = runs_[key];
  SetEnd(ended_at, &run);
  run.id = id;
  if (source == RecordSource::kAccounting) {
    run.accounting_print = said.print;
    return;
  }
  run.queue_print = said.print;
  run.queue_number = queue_number_;
  run.missing_polls = 0;
  run.requeued = false;
  if (said.restart_count.value_or(0) > 0) {
    int64_t& newest = newest_[key.raw_id];
    newest = std::max(newest, key.submit_time);
  }
}

void RunMemory::Load(const RunKey& key, int64_t id,
                     std::optional<absl::Time> ended_at) {
  Run& run = runs_[key];
  SetEnd(ended_at, &run);
  run.id = id;
}

void RunMemory::Ignore(const slurm::JobRecord& said, RecordSource source) {
  Run& run = runs_[smon::KeyOf(said)];
  run.ended = true;
  run.since = absl::InfinitePast();
  if (source == RecordSource::kAccounting) {
    run.accounting_print = said.print;
  } else {
    run.queue_print = said.print;
    run.queue_number = queue_number_;
  }
}

void RunMemory::NoteMissing(absl::Time now,
                            const std::vector<int64_t>& unreadable) {
  const absl::flat_hash_set<int64_t> spared(unreadable.begin(),
                                            unreadable.end());
  absl::flat_hash_set<int64_t> missing;
  for (auto& [key, run] : runs_) {
    if (run.ended || run.queue_number == queue_number_) continue;
    if (spared.contains(key.raw_id)) continue;
    if (run.missing_polls == 0) run.since = now;
    if (run.missing_polls < UINT8_MAX) ++run.missing_polls;
    missing.insert(key.raw_id);
  }
  any_missing_ = !missing.empty();
  if (!any_missing_) return;
  absl::flat_hash_map<int64_t, int64_t> present;
  for (const auto& [key, run] : runs_) {
    if (run.queue_number != queue_number_ || run.id == 0) continue;
    if (missing.contains(key.raw_id)) present[key.raw_id] = key.submit_time;
  }
  for (auto& [key, run] : runs_) {
    if (run.ended || run.missing_polls == 0) continue;
    const auto it = present.find(key.raw_id);
    if (it != present.end() && it->second > key.submit_time) {
      run.requeued = true;
    }
  }
}

std::vector<RunMemory::Missing> RunMemory::Select(bool requeued, int polls,
                                                  absl::Duration grace,
                                                  absl::Time now) const {
  std::vector<Missing> selected;
  if (!any_missing_) return selected;
  for (const auto& [key, run] : runs_) {
    if (run.ended || run.missing_polls == 0) continue;
    const bool overdue = run.missing_polls >= polls && now - run.since >= grace;
    if (requeued ? run.requeued : overdue)
      selected.push_back({run.id, run.since});
  }
  return selected;
}

std::optional<absl::Time> RunMemory::OverdueSince(int polls,
                                                  absl::Duration grace,
                                                  absl::Time now) const {
  std::optional<absl::Time> since;
  for (const Missing& missing : Select(false, polls, grace, now)) {
    since = std::min(since.value_or(now), missing.since);
  }
  return since;
}

std::vector<RunMemory::Missing> RunMemory::Overdue(int polls,
                                                   absl::Duration grace,
                                                   absl::Time now) const {
  return Select(false, polls, grace, now);
}

std::vector<RunMemory::Missing> RunMemory::Requeued() const {
  return Select(true, 0, absl::ZeroDuration(), absl::InfiniteFuture());
}

bool RunMemory::HasNewerRun(const RunKey& key) const {
  const auto it = newest_.find(key.raw_id);
  return it != newest_.end() && it->second > key.submit_time;
}

void RunMemory::Forget(absl::Time ended_before) {
  for (auto it = runs_.begin(); it != runs_.end();) {
    const Run& run = it->second;
    if (run.ended && run.since < ended_before &&
        run.queue_number != queue_number_) {
      const auto newest = newest_.find(it->first.raw_id);
      if (newest != newest_.end() && newest->second == it->first.submit_time) {
        newest_.erase(newest);
      }
      runs_.erase(it++);
    } else {
      ++it;
    }
  }
}

absl::Time RunMemory::EarliestEnd() const {
  absl::Time earliest = absl::InfiniteFuture();
  for (const auto& [key, run] : runs_) {
    if (run.ended && run.id != 0) earliest = std::min(earliest, run.since);
  }
  return earliest;
}

}  // namespace smon
