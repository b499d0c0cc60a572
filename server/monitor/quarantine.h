#ifndef SMON_SERVER_MONITOR_QUARANTINE_H_
#define SMON_SERVER_MONITOR_QUARANTINE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "slurm/slurm_client.h"

namespace smon {

// The different records of Slurm that could not be read, for someone to look
// at. Bounded: the last 100 of them. Not thread-safe.
class Quarantine {
 public:
  struct Entry {
    std::string command;  // "squeue", "sacct", …
    std::string text;     // the record's id, or stray text; valid UTF-8
    std::string error;
    int64_t times = 0;
    absl::Time first_seen;
    absl::Time last_seen;
  };

  void Add(const slurm::JobSnapshot& snapshot, absl::Time now);

  // Of all records, also those that were seen again.
  int64_t total() const { return total_; }
  // The one seen last comes last.
  std::vector<Entry> entries() const {
    return std::vector<Entry>(entries_.begin(), entries_.end());
  }

 private:
  std::deque<Entry> entries_;
  int64_t total_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_QUARANTINE_H_
