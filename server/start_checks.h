#ifndef SMON_SERVER_START_CHECKS_H_
#define SMON_SERVER_START_CHECKS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/config/config.h"
#include "slurm/slurm_client.h"

namespace smon {

// What has to hold before the service starts. Errors name the flag and the
// mend.

// squeue says nothing of a user that does not exist, and smonsvc would wait for
// its jobs for ever. As squeue does, this asks the host; slurmrestd may run on
// one that knows others.
absl::Status CheckUser(const Config& config);

// What Slurm has to say. A partition that does not exist is an error; that
// sinfo cannot answer is not.
absl::StatusOr<slurm::ClusterInfo> CheckSlurm(slurm::SlurmClient* slurm,
                                              const Config& config);

// Warns when a job that ends right after a poll may be gone from the controller
// before the next one.
void WarnOfShortMemory(const Config& config, const slurm::ClusterInfo& cluster);

// Warns when the store is a file that several hosts may share: SQLite's WAL
// works on a disk of this host only.
void WarnOfNetworkStore(const Config& config);

// Whether statfs(2)'s f_type is that of a file system on the network.
bool IsNetworkFileSystem(int64_t type);

}  // namespace smon

#endif  // SMON_SERVER_START_CHECKS_H_
