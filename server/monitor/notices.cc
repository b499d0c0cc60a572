#include "server/monitor/notices.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

// From a look to the next one for the same job: the first step, and how it
// grows. The sixteen looks are spread over three quarters of a minute.
constexpr absl::Duration kFirstStep = absl::Milliseconds(20);
constexpr double kGrowth = 1.6;
constexpr int kMostLooks = 16;
// Those that are due so soon are looked for now.
constexpr absl::Duration kTogether = absl::Milliseconds(10);
// For each second that a look took, Slurm is left alone for so many.
constexpr int kPause = 4;

}  // namespace

bool Notices::Add(const slurm::JobId& id, absl::Duration now) {
  ++totals_.received;
  const std::string key = slurm::FormatJobId(id);
  const auto known = notices_.find(key);
  if (known != notices_.end()) {
    ++totals_.merged;
  } else if (notices_.size() >= kMost) {
    ++totals_.overflowed;
    return false;
  }
  Notice& notice = known != notices_.end() ? known->second : notices_[key];
  if (known == notices_.end()) {
    notice.id = id;
    notice.number = id.base;
  }
  notice.in_look = false;
  notice.looks = 0;
  notice.due = now;
  next_due_ = std::min(next_due_, now);
  return true;
}

std::vector<int64_t> Notices::Take(absl::Duration now) {
  std::vector<int64_t> numbers;
  if (now < earliest_) return numbers;
  for (auto& [key, notice] : notices_) {
    if (notice.due > now + kTogether) continue;
    notice.in_look = true;
    notice.seen = notice.seen_live = notice.seen_exact = false;
    numbers.push_back(notice.number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

void Notices::See(const std::string& id, const slurm::JobRecord& record,
                  bool exact) {
  const auto it = notices_.find(id);
  if (it == notices_.end()) return;
  Notice& notice = it->second;
  // Of the last task of an array the number is that of the array. Once it is
  // seen, the others do not matter.
  if (notice.seen_exact && !exact) return;
  if (exact && !notice.seen_exact) notice.seen_live = false;
  notice.seen = true;
  notice.het_job = record.het_job_id;
  notice.seen_exact |= exact;
  notice.seen_live |= !slurm::IsEnded(record.state);
}

bool Notices::Again(absl::Duration now, Notice* notice) {
  absl::Duration step = kFirstStep;
  for (int i = 0; i < notice->looks; ++i) step *= kGrowth;
  notice->due = now + step;
  if (++notice->looks < kMostLooks) return true;
  ++totals_.left_to_poll;
  return false;
}

bool Notices::Judge(absl::Duration now, Notice* notice) {
  if (notice->het_job != 0 && notice->number != notice->het_job) {
    // A component alone: it is of use together with the others.
    notice->number = notice->het_job;
    return Again(now, notice);
  }
  if (notice->seen_live) return Again(now, notice);
  ++(notice->seen ? totals_.ended : totals_.unknown);
  return false;
}

void Notices::EndLook(absl::Duration now, absl::Duration slurm_time, bool ok) {
  ++totals_.looks;
  if (!ok) ++totals_.failed_looks;
  earliest_ = now + kPause * slurm_time;
  next_due_ = absl::InfiniteDuration();
  for (auto it = notices_.begin(); it != notices_.end();) {
    Notice& notice = it->second;
    const bool goes_on =
        !notice.in_look || (ok ? Judge(now, &notice) : Again(now, &notice));
    if (!goes_on) {
      notices_.erase(it++);
      continue;
    }
    notice.in_look = false;
    next_due_ = std::min(next_due_, notice.due);
    ++it;
  }
}

void Notices::Found(const std::vector<slurm::JobRecord>& records,
                    absl::Duration now, absl::Duration slurm_time) {
  for (const slurm::JobRecord& record : records) {
    const std::string raw_id = absl::StrCat(record.raw_id);
    See(record.job_id, record, true);
    if (raw_id != record.job_id) See(raw_id, record, true);
    for (const int64_t whole : {record.array_job_id, record.het_job_id}) {
      if (whole != 0 && whole != record.raw_id) {
        See(absl::StrCat(whole), record, false);
      }
    }
  }
  EndLook(now, slurm_time, true);
}

void Notices::Failed(absl::Duration now, absl::Duration slurm_time) {
  EndLook(now, slurm_time, false);
}

Notices::Totals Notices::totals() const {
  Totals totals = totals_;
  totals.pending = static_cast<int64_t>(notices_.size());
  return totals;
}

}  // namespace smon
