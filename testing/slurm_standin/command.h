#ifndef SMON_TESTING_SLURM_STANDIN_COMMAND_H_
#define SMON_TESTING_SLURM_STANDIN_COMMAND_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/slurm_standin/state.h"

namespace smon::slurm_standin {

// One call of a Slurm command.
struct Call {
  std::string program;            // "squeue"; also what its messages start with
  std::vector<std::string> args;  // without argv[0]
  std::map<std::string, std::string> env;  // SLURM_BITSTR_LEN and the like
  int64_t now = 0;                         // epoch seconds
  uid_t uid = 0;
  std::string preset;   // fault_presets.h; empty: all is well
  std::string cluster;  // that -M names; empty: none

  // Empty when not set.
  std::string Env(const std::string& name) const;
};

// What the command prints, and how it ends.
struct Output {
  std::string out;
  std::string err;
  int exit_status = 0;
};

Output Failure(absl::string_view err, int exit_status = 1);

// "slurm-wlm 22.05.8", what --version prints.
Output VersionOutput(const State& state);

Output RunSqueue(const State& state, const Call& call);
Output RunSacct(const State& state, const Call& call);
Output RunScontrol(const State& state, const Call& call);
Output RunSinfo(const State& state, const Call& call);

// Runs the command that call.program names.
Output RunCommand(const State& state, const Call& call);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_COMMAND_H_
