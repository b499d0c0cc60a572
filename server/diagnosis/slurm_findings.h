#ifndef SMON_SERVER_DIAGNOSIS_SLURM_FINDINGS_H_
#define SMON_SERVER_DIAGNOSIS_SLURM_FINDINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/diagnosis/finding.h"
#include "slurm/slurm_client.h"

namespace smon {

// What is known of Slurm, and of how the service asks it.
struct SlurmFacts {
  // Asked now.
  absl::StatusOr<slurm::ClusterInfo> cluster = absl::UnknownError("not asked");
  // Of the polls: their last error, OK while they go well.
  absl::Status polling;
  absl::Status accounting;
  absl::Duration interval;  // from poll to poll, as set
  absl::Time now;
  absl::Time last_poll =
      absl::InfinitePast();  // a good one; InfinitePast: none
  // Another replica polls it, or should: what it is called, empty for none.
  std::optional<std::string> other_poller;
  std::vector<std::string> partitions;
  std::string watched_user;  // only this one's jobs; empty: all users'
  std::string own_user;      // whom the service runs as
  bool sees_others = false;  // there are jobs of other users in the store
  bool by_rest = false;      // slurmrestd is asked, not Slurm's commands
};

// "slurm", "polls", "partitions", "accounting", "min_job_age", "private_data".
Findings SlurmFindings(const SlurmFacts& facts);

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_SLURM_FINDINGS_H_
