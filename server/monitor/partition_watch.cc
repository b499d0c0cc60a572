#include "server/monitor/partition_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace smon {
namespace {

constexpr absl::Duration kEvery = absl::Minutes(10);

}  // namespace

absl::Status PartitionWatch::CheckQueue(bool is_suspect) {
  absl::Status status;
  if (is_suspect && !believed_) status = Check();
  believed_ = is_suspect && status.ok();
  return status;
}

bool PartitionWatch::IsDue() const {
  const absl::Time now = clock_->Now();
  return !status_.ok() || now < looked_at_ || now - looked_at_ >= kEvery;
}

void PartitionWatch::Look() {
  const absl::Status status = Check();
  if (!status.ok() && !absl::IsFailedPrecondition(status)) return;  // not told
  if (!status.ok() && status_.ok()) {
    LogWarning("jobs may be missed", {{"error", status.message()}});
  }
  status_ = status;
  looked_at_ = clock_->Now();
}

absl::Status PartitionWatch::Check() const {
  SMON_ASSIGN_OR_RETURN(const std::vector<std::string> there,
                        slurm_->ListPartitions());
  for (const std::string& wanted : partitions_) {
    if (std::find(there.begin(), there.end(), wanted) == there.end()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "partition '", wanted, "' is gone from Slurm, which has: ",
          absl::StrJoin(there, ", "), "; set --partitions"));
    }
  }
  return absl::OkStatus();
}

}  // namespace smon
