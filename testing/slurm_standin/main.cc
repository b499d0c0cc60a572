// squeue, sacct, scontrol and sinfo, by the name that it is called by, of a
// cluster that is a file: $STANDIN_SLURM_STATE/state.json. See README.md.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/fault.h"
#include "testing/slurm_standin/fault_presets.h"
#include "testing/slurm_standin/named_cluster.h"
#include "testing/slurm_standin/state.h"

namespace smon::slurm_standin {
namespace {

constexpr int kStandinError = 99;

int Complain(absl::string_view problem) {
  std::fprintf(stderr, "slurm_standin: %s\n", std::string(problem).c_str());
  return kStandinError;
}

Call ReadCall(int argc, char** argv) {
  Call call;
  call.program = argv[0];
  call.program.erase(0, call.program.rfind('/') + 1);
  call.args.assign(argv + 1, argv + argc);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const char* const equals = strchr(*variable, '=');
    if (equals != nullptr) {
      call.env[std::string(*variable, equals - *variable)] = equals + 1;
    }
  }
  call.uid = geteuid();
  return call;
}

// What may change a command's output, and who calls where a test says so.
bool IsOfInterest(const std::string& variable) {
  if (variable == "STANDIN_CALLER") return true;
  for (const char* prefix :
       {"SLURM", "SQUEUE", "SACCT", "SCONTROL", "SINFO", "LC_", "LANG", "TZ"}) {
    if (absl::StartsWith(variable, prefix)) return true;
  }
  return false;
}

// Adds the call to calls.jsonl, in one write: calls may run side by side.
bool WriteJournal(const std::string& directory, const Call& call) {
  nlohmann::json entry;
  entry["time"] = absl::ToUnixMicros(absl::Now()) / 1e6;
  entry["pid"] = getpid();
  entry["command"] = call.program;
  entry["argv"] = call.args;
  entry["env"] = nlohmann::json::object();
  for (const auto& [name, value] : call.env) {
    if (IsOfInterest(name)) entry["env"][name] = value;
  }
  const std::string line =
      entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
      "\n";
  const int fd = open(absl::StrCat(directory, "/calls.jsonl").c_str(),
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  const bool written =
      write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(fd);
  return written;
}

void Write(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) return;  // Nobody reads it any more.
    text.remove_prefix(static_cast<size_t>(written));
  }
}

int Run(const State& state, Call call) {
  const Fault* const fault = FindFault(state, call);
  if (fault == nullptr) {
    const Output output = RunCommand(state, call);
    Write(STDERR_FILENO, output.err);
    Write(STDOUT_FILENO, output.out);
    return output.exit_status;
  }
  if (!fault->preset.empty() && !IsPreset(fault->preset)) {
    return Complain(absl::StrCat("no preset ", fault->preset));
  }
  call.preset = fault->preset;
  if (fault->ignore_sigterm) signal(SIGTERM, SIG_IGN);
  absl::SleepFor(absl::Milliseconds(fault->sleep_ms));
  const Output output = ApplyFault(*fault, RunCommand(state, call));
  Write(STDERR_FILENO, output.err);
  Write(STDOUT_FILENO, output.out);
  while (fault->hang) pause();
  if (fault->signal != 0) {
    signal(fault->signal, SIG_DFL);
    raise(fault->signal);
  }
  return output.exit_status;
}

int Main(int argc, char** argv) {
  Call call = ReadCall(argc, argv);
  std::string directory = call.Env("STANDIN_SLURM_STATE");
  if (directory.empty()) return Complain("STANDIN_SLURM_STATE is not set");
  call.cluster = NamedCluster(call.args);
  absl::StatusOr<State> state = absl::UnknownError("not read");
  if (!call.cluster.empty()) {
    state = LoadState(directory);
    if (!state.ok()) return Complain(state.status().message());
    directory = DirectoryOf(call, *state, directory);
    if (directory.empty()) {
      const Output output = UnknownCluster(call);
      Write(STDERR_FILENO, output.err);
      return output.exit_status;
    }
  }
  if (!WriteJournal(directory, call)) {
    return Complain(absl::StrCat("cannot write ", directory, "/calls.jsonl"));
  }
  state = LoadState(directory);
  if (!state.ok()) return Complain(state.status().message());
  call.now = state->now.value_or(time(nullptr));
  return Run(*state, std::move(call));
}

}  // namespace
}  // namespace smon::slurm_standin

int main(int argc, char** argv) {
  return smon::slurm_standin::Main(argc, argv);
}
