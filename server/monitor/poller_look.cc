// Poller: looks at single jobs between two polls.

#include <algorithm>
#include <utility>

#include "common/failpoint.h"
#include "common/log.h"
#include "server/monitor/poller.h"

namespace smon {
namespace {

// Leaves out the components of heterogeneous jobs of which the first was not
// asked for: alone they do not find its log. Notices asks for the others too.
void DropLoneComponents(const std::vector<int64_t>& asked,
                        std::vector<slurm::JobRecord>* records) {
  const auto is_lone = [&asked](const slurm::JobRecord& record) {
    return record.het_offset.value_or(0) > 0 &&
           !std::binary_search(asked.begin(), asked.end(), record.het_job_id);
  };
  records->erase(std::remove_if(records->begin(), records->end(), is_lone),
                 records->end());
}

}  // namespace

absl::Status Poller::LookOnce() {
  std::vector<int64_t> numbers;
  {
    MutexLock lock(&mu_);
    numbers = notices_.Take(clock_->Monotonic());
  }
  if (numbers.empty()) return absl::OkStatus();
  if (!cluster().has_value()) {
    MutexLock lock(&mu_);
    notices_.Failed(clock_->Monotonic(), absl::ZeroDuration());
    return absl::UnavailableError("the cluster is not watched yet");
  }
  const absl::Duration slurm_before = Commands().total;
  absl::StatusOr<slurm::JobSnapshot> snapshot =
      slurm_->ReadJobs(numbers, [this](const slurm::RecordHead& head) {
        return tracker_->IsNews(RecordSource::kQueue, head);
      });
  const absl::Duration slurm_time = Commands().total - slurm_before;
  absl::Status status = snapshot.status();
  if (status.ok()) {
    SMON_FAILPOINT("look.read");
    std::vector<slurm::JobRecord> whole = snapshot->jobs;
    DropLoneComponents(numbers, &whole);
    const auto applied = tracker_->ApplyQueue(whole);
    ReportStore(applied.status());
    status = applied.status();
    if (applied.ok()) Note(*applied);
    MutexLock lock(&totals_mu_);
    quarantine_.Add(*snapshot, clock_->Now());
  }
  MutexLock lock(&mu_);
  if (status.ok()) {
    notices_.Found(snapshot->jobs, clock_->Monotonic(), slurm_time);
    return absl::OkStatus();
  }
  // Nothing is lost: it is looked for again, and the next poll will see it.
  if (!absl::IsCancelled(status)) {
    LogWarning("look at notified jobs failed", {{"error", status.message()}});
  }
  notices_.Failed(clock_->Monotonic(), slurm_time);
  return status;
}

}  // namespace smon
