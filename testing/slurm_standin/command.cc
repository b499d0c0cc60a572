#include "testing/slurm_standin/command.h"

#include "absl/strings/str_cat.h"

namespace smon::slurm_standin {

std::string Call::Env(const std::string& name) const {
  const auto it = env.find(name);
  return it == env.end() ? "" : it->second;
}

Output Failure(absl::string_view err, int exit_status) {
  Output output;
  output.err = std::string(err);
  output.exit_status = exit_status;
  return output;
}

Output VersionOutput(const State& state) {
  Output output;
  output.out = absl::StrCat(state.package, " ", state.version, "\n");
  return output;
}

Output RunCommand(const State& state, const Call& call) {
  if (call.program == "squeue") return RunSqueue(state, call);
  if (call.program == "sacct") return RunSacct(state, call);
  if (call.program == "scontrol") return RunScontrol(state, call);
  if (call.program == "sinfo") return RunSinfo(state, call);
  return Failure(absl::StrCat("slurm_standin: call it by the name of squeue, "
                              "sacct, scontrol or sinfo, not ",
                              call.program, "\n"),
                 99);
}

}  // namespace smon::slurm_standin
