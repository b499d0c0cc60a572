#include "server/monitor/due_queue.h"

#include <algorithm>
#include <utility>

#include "common/status_macros.h"

namespace smon {

absl::Status DueQueue::Fill(absl::Time now, absl::Time steady_now,
                            const absl::flat_hash_set<int64_t>& in_flight) {
  while (!jobs_.empty() && in_flight.contains(jobs_.front().id)) {
    jobs_.pop_front();
  }
  if (!jobs_.empty() || steady_now < next_look_) return absl::OkStatus();
  const absl::Status status = Look(now, steady_now, in_flight);
  if (!status.ok()) next_look_ = steady_now + longest_nap_;
  return status;
}

absl::Status DueQueue::Look(absl::Time now, absl::Time steady_now,
                            const absl::flat_hash_set<int64_t>& in_flight) {
  // Jobs in flight are still due as far as the Store knows.
  const int limit = read_ahead_ + static_cast<int>(in_flight.size());
  SMON_ASSIGN_OR_RETURN(std::vector<Job> due, read_(now, limit));
  const bool more = static_cast<int>(due.size()) == limit;
  for (Job& job : due) {
    if (!in_flight.contains(job.id)) jobs_.push_back(std::move(job));
  }
  if (more || !jobs_.empty()) return absl::OkStatus();
  SMON_ASSIGN_OR_RETURN(const absl::Time next, next_());
  // What is due and not in the list is in flight, and comes back by itself.
  absl::Duration nap = longest_nap_;
  if (next > now) nap = std::min(nap, next - now);
  next_look_ = steady_now + nap;
  return absl::OkStatus();
}

Job DueQueue::Take() {
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void DueQueue::Clear() {
  jobs_.clear();
  LookAgain();
}

}  // namespace smon
