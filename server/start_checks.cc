#include "server/start_checks.h"

#include <pwd.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon {

absl::Status CheckUser(const Config& config) {
  const std::string& user = config.user;
  if (user.empty() || config.slurmrestd.has_value()) return absl::OkStatus();
  if (std::all_of(user.begin(), user.end(), absl::ascii_isdigit)) {
    return absl::OkStatus();  // squeue takes any number
  }
  errno = 0;
  const bool known = getpwnam(user.c_str()) != nullptr;
  if (known || (errno != 0 && errno != ENOENT)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("--user: this host has no user '", ToPrintable(user), "'"));
}

absl::StatusOr<slurm::ClusterInfo> CheckSlurm(slurm::SlurmClient* slurm,
                                              const Config& config) {
  auto cluster = slurm->ReadClusterInfo();
  if (!cluster.ok()) {
    return Annotate(cluster.status(), "Slurm is not available");
  }
  const auto there = slurm->ListPartitions();
  if (!there.ok()) {
    LogWarning("cannot check the partitions",
               {{"error", there.status().message()}});
    return cluster;
  }
  for (const std::string& wanted : config.partitions) {
    if (std::find(there->begin(), there->end(), wanted) == there->end()) {
      return absl::NotFoundError(
          absl::StrCat("--partitions: Slurm has no partition '", wanted,
                       "'; it has: ", absl::StrJoin(*there, " ")));
    }
  }
  return cluster;
}

void WarnOfShortMemory(const Config& config,
                       const slurm::ClusterInfo& cluster) {
  // slurmrestd does not tell it.
  if (cluster.min_job_age == absl::ZeroDuration()) return;
  if (config.interval <= cluster.min_job_age) return;
  LogWarning(
      cluster.has_accounting
          ? "slurmctld forgets ended jobs sooner than they are polled: some "
            "will be known from accounting only, where their log path may not "
            "be told; a shorter --interval or a longer MinJobAge helps"
          : "slurmctld forgets ended jobs sooner than they are polled, and "
            "there is no accounting: how those ended will not be known; set a "
            "shorter --interval or a longer MinJobAge",
      {{"interval", absl::FormatDuration(config.interval)},
       {"MinJobAge", absl::FormatDuration(cluster.min_job_age)}});
}

void WarnOfNetworkStore(const Config& config) {
  constexpr absl::string_view kFile = "sqlite://";
  if (!absl::StartsWith(config.store, kFile)) return;
  struct statfs disk;
  if (statfs(config.store.c_str() + kFile.size(), &disk) != 0) return;
  if (!IsNetworkFileSystem(disk.f_type)) return;
  LogWarning(
      "the store is on a network file system, which may damage it: use a disk "
      "of this host, or --store=postgresql://...",
      {{"store", config.store}});
}

bool IsNetworkFileSystem(int64_t type) {
  switch (static_cast<uint32_t>(type)) {
    case 0x6969:      // NFS
    case 0x517b:      // SMB
    case 0xff534d42:  // CIFS
    case 0xfe534d42:  // SMB 2
    case 0x0bd00bd0:  // Lustre
    case 0x47504653:  // GPFS, Storage Scale
    case 0x19830326:  // BeeGFS
    case 0x00c36400:  // Ceph
    case 0x5346414f:  // AFS
    case 0x73757245:  // Coda
      return true;
    default:
      return false;
  }
}

}  // namespace smon
