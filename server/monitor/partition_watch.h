#ifndef SMON_SERVER_MONITOR_PARTITION_WATCH_H_
#define SMON_SERVER_MONITOR_PARTITION_WATCH_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "slurm/slurm_client.h"

namespace smon {

// Notices that a configured partition is gone. squeue answers an unknown one
// with nothing and status 0: that is not "all jobs have ended", and new jobs
// would be missed in silence. A look is one Slurm command. Not thread-safe.
class PartitionWatch {
 public:
  // The pointer must outlive this object.
  PartitionWatch(slurm::SlurmClient* slurm, std::vector<std::string> partitions)
      : slurm_(slurm), partitions_(std::move(partitions)) {}

  // Watches these from now on.
  void Watch(std::vector<std::string> partitions) {
    partitions_ = std::move(partitions);
  }
  // They were seen to be there by who started this.
  void Load(absl::Time now) { looked_at_ = now; }

  // A queue was read. If it is suspect, empty though jobs live, looks, once for
  // all such queues in a row. An error: the queue is not to be believed.
  absl::Status AfterQueue(bool is_suspect);

  // Whether it is time to look again: every ten minutes, and with each poll
  // while one is gone.
  bool IsDue(absl::Time now) const;
  void Look(absl::Time now);

  // As of the last Look() that was answered: FAILED_PRECONDITION names the
  // partition that is gone.
  const absl::Status& status() const { return status_; }

 private:
  absl::Status Check();

  slurm::SlurmClient* const slurm_;
  std::vector<std::string> partitions_;
  bool checked_suspect_ = false;  // since the queue is suspect
  absl::Status status_;
  absl::Time looked_at_ = absl::InfinitePast();
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_PARTITION_WATCH_H_
