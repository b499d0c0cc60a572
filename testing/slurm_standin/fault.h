#ifndef SMON_TESTING_SLURM_STANDIN_FAULT_H_
#define SMON_TESTING_SLURM_STANDIN_FAULT_H_

#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {

// The first fault that the state has for this call; null when there is none.
const Fault* FindFault(const State& state, const Call& call);

// What the command prints and how it ends, given what it would do by itself.
//
// A fault with a status other than 0, a signal or a hang is one of a command
// that stopped: of its output there is what truncate_bytes says, or nothing.
Output ApplyFault(const Fault& fault, Output output);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_FAULT_H_
