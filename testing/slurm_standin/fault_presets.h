#ifndef SMON_TESTING_SLURM_STANDIN_FAULT_PRESETS_H_
#define SMON_TESTING_SLURM_STANDIN_FAULT_PRESETS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {

// Real outages by name (Call::preset), in Slurm 22.05's own words:
//
//   controller_down      slurmctld is dead            squeue, scontrol, sinfo
//   controller_timeout   slurmctld hangs              squeue, scontrol, sinfo
//   munge_down           munged is dead               all
//   no_conf              slurm.conf cannot be read    all
//   dbd_down             slurmdbd is dead             sacct
//   dbd_timeout          slurmdbd hangs               sacct
//   database_down        MariaDB is dead              sacct
//   accounting_disabled  the site has no accounting   sacct
//
// Where a cluster is named (-M), the command asks slurmdbd first: then
// dbd_down is for all, and controller_down is told by slurmdbd.
//
// They take no time; how long the real ones take is in Fault::sleep_ms's hands.

// A request to slurmctld. Nullopt when it is answered; otherwise the command
// ends with this. `rpc` is "REQUEST_JOB_INFO", `message_start`
// "slurm_load_jobs error: ".
std::optional<Output> ContactController(const Call& call, absl::string_view rpc,
                                        absl::string_view message_start);

// The same for slurmdbd. Without accounting, the state says so.
std::optional<Output> ContactDatabase(const State& state, const Call& call);

// What a command says of the cluster that call.cluster names when its
// controller is not registered with slurmdbd.
Output UnreachableCluster(const Call& call);

// Whether there is a preset of that name.
bool IsPreset(absl::string_view name);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_FAULT_PRESETS_H_
