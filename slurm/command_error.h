#ifndef SMON_SLURM_COMMAND_ERROR_H_
#define SMON_SLURM_COMMAND_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "slurm/command_runner.h"

namespace smon::slurm {

// What the result of a Slurm command means. OK when it did its work: squeue
// that was asked for one job and says that there is none has done it.
// Otherwise, by its exit status and what it printed to standard error:
//
//   FAILED_PRECONDITION  the site keeps no accounting
//   INVALID_ARGUMENT     an unknown user; squeue then exits with 0
//   INTERNAL             the command did not take our arguments
//   UNAVAILABLE          everything else: the controller, slurmdbd, the
//                        database, munge or slurm.conf is away; try again
//
// The message names `command` and holds what it printed, made printable.
absl::Status CommandError(absl::string_view command,
                          const CommandResult& result);

}  // namespace smon::slurm

#endif  // SMON_SLURM_COMMAND_ERROR_H_
