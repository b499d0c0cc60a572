#include "server/monitor/partition_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace smon {
namespace {

constexpr absl::Duration kLookEvery = absl::Minutes(10);

}  // namespace

absl::Status PartitionWatch::Check() {
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

absl::Status PartitionWatch::AfterQueue(bool is_suspect) {
  const bool has_to_look = is_suspect && !checked_suspect_;
  const absl::Status status = has_to_look ? Check() : absl::OkStatus();
  checked_suspect_ = is_suspect && status.ok();
  return status;
}

bool PartitionWatch::IsDue(absl::Time now) const {
  return !status_.ok() || now < looked_at_ || now - looked_at_ >= kLookEvery;
}

void PartitionWatch::Look(absl::Time now) {
  const absl::Status status = Check();
  if (!status.ok() && !absl::IsFailedPrecondition(status)) return;  // not told
  if (!status.ok() && status_.ok()) {
    LogWarning("jobs may be missed", {{"error", status.message()}});
  }
  status_ = status;
  looked_at_ = now;
}

}  // namespace smon
