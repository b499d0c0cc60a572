#ifndef SMON_SERVER_MONITOR_PARTITION_WATCH_H_
#define SMON_SERVER_MONITOR_PARTITION_WATCH_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "slurm/slurm_client.h"

namespace smon {

// Watches whether Slurm still has the configured partitions. squeue answers an
// unknown one with nothing and status 0: its jobs would be missed, and if it
// was the only one, all jobs would seem to have ended. Not thread-safe.
class PartitionWatch {
 public:
  // The pointers must outlive this object. Somebody has just looked.
  PartitionWatch(slurm::SlurmClient* slurm, const Clock* clock,
                 std::vector<std::string> partitions)
      : slurm_(slurm),
        clock_(clock),
        partitions_(std::move(partitions)),
        looked_at_(clock->Now()) {}

  // A queue was read; `is_suspect` if it has no job though some were live. The
  // first of such queues is believed only if all partitions are there: OK.
  absl::Status CheckQueue(bool is_suspect);

  // Whether it is time for Look(): every ten minutes, and with each poll while
  // one is gone.
  bool IsDue() const;
  // One Slurm command.
  void Look();
  // As of the last look that was answered: FAILED_PRECONDITION if one is gone.
  const absl::Status& status() const { return status_; }

 private:
  absl::Status Check() const;

  slurm::SlurmClient* const slurm_;
  const Clock* const clock_;
  const std::vector<std::string> partitions_;
  bool believed_ = false;  // that the queue is empty
  absl::Status status_;
  absl::Time looked_at_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_PARTITION_WATCH_H_
