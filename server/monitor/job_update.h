#ifndef SMON_SERVER_MONITOR_JOB_UPDATE_H_
#define SMON_SERVER_MONITOR_JOB_UPDATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/monitor/job.h"
#include "slurm/job_record.h"

namespace smon {

// A record that says something new, and the job that it is about, on the way
// into the Store.
struct JobUpdate {
  const slurm::JobRecord* said = nullptr;
  Job job;                // as stored, then as it is to be; id 0 for a new one
  bool was_live = false;  // stored, and had not ended

  // The job whose log this one shares: in the same batch, or in the Store, by
  // its id. Neither for a log of its own.
  const JobUpdate* owner = nullptr;
  int64_t stored_owner_id = 0;
  // The latter, where the log's path is told from it.
  std::unique_ptr<const Job> stored_owner;

  bool changed = false;
  bool found_log = false;
  bool start_delivery = false;
  bool postponed = false;  // not to be stored now; the next poll has it again
  // So is this one, until its script is there. That is soon: the next window
  // has it, wherever the watermark is.
  bool early = false;
  std::vector<std::string> history;

  bool IsPutOff() const { return postponed || early; }
  bool HasOwner() const {
    return owner != nullptr || stored_owner_id != 0 || job.log_owner_id != 0;
  }
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_UPDATE_H_
