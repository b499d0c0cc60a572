#include "slurm/sbatch_option_table.h"

#include "absl/strings/match.h"

namespace smon::slurm {
namespace {

struct LongOption {
  absl::string_view name;
  OptionKind kind;
};

// sbatch(1) and sbatch --help of 22.05, and what newer manuals have (to 25.05).
constexpr LongOption kLongOptions[] = {
    {"account", OptionKind::kWord},
    {"acctg-freq", OptionKind::kWord},
    {"admin-comment", OptionKind::kProse},
    {"array", OptionKind::kWord},
    {"autocomplete", OptionKind::kWord},
    {"batch", OptionKind::kWord},
    {"bb", OptionKind::kProse},
    {"bbf", OptionKind::kPath},
    {"bcast", OptionKind::kPath},
    {"begin", OptionKind::kWord},
    {"chdir", OptionKind::kPath},
    {"cluster-constraint", OptionKind::kWord},
    {"clusters", OptionKind::kWord},
    {"comment", OptionKind::kProse},
    {"consolidate-segments", OptionKind::kNone},
    {"constraint", OptionKind::kWord},
    {"container", OptionKind::kPath},
    {"container-id", OptionKind::kWord},
    {"contiguous", OptionKind::kNone},
    {"core-spec", OptionKind::kWord},
    {"cores-per-socket", OptionKind::kWord},
    {"cpu-freq", OptionKind::kWord},
    {"cpus-per-gpu", OptionKind::kWord},
    {"cpus-per-task", OptionKind::kWord},
    {"deadline", OptionKind::kWord},
    {"delay-boot", OptionKind::kWord},
    {"dependency", OptionKind::kWord},
    {"distribution", OptionKind::kWord},
    {"error", OptionKind::kPath},
    {"exclude", OptionKind::kWord},
    {"exclusive", OptionKind::kNone},
    {"export", OptionKind::kPath},
    {"export-file", OptionKind::kPath},
    {"external", OptionKind::kNone},
    {"extra", OptionKind::kProse},
    {"extra-node-info", OptionKind::kWord},
    {"get-user-env", OptionKind::kNone},
    {"gid", OptionKind::kWord},
    {"gpu-bind", OptionKind::kWord},
    {"gpu-freq", OptionKind::kWord},
    {"gpus", OptionKind::kWord},
    {"gpus-per-node", OptionKind::kWord},
    {"gpus-per-socket", OptionKind::kWord},
    {"gpus-per-task", OptionKind::kWord},
    {"gres", OptionKind::kWord},
    {"gres-flags", OptionKind::kWord},
    {"help", OptionKind::kNone},
    {"hint", OptionKind::kWord},
    {"hold", OptionKind::kNone},
    {"ignore-pbs", OptionKind::kNone},
    {"input", OptionKind::kPath},
    {"job-name", OptionKind::kName},
    {"kill-on-invalid-dep", OptionKind::kWord},
    {"licenses", OptionKind::kWord},
    {"mail-type", OptionKind::kWord},
    {"mail-user", OptionKind::kWord},
    {"mcs-label", OptionKind::kWord},
    {"mem", OptionKind::kWord},
    {"mem-bind", OptionKind::kWord},
    {"mem-per-cpu", OptionKind::kWord},
    {"mem-per-gpu", OptionKind::kWord},
    {"mincpus", OptionKind::kWord},
    {"network", OptionKind::kProse},
    {"nice", OptionKind::kNone},
    {"no-kill", OptionKind::kNone},
    {"no-requeue", OptionKind::kNone},
    {"nodefile", OptionKind::kPath},
    {"nodelist", OptionKind::kWord},
    {"nodes", OptionKind::kWord},
    {"ntasks", OptionKind::kWord},
    {"ntasks-per-core", OptionKind::kWord},
    {"ntasks-per-gpu", OptionKind::kWord},
    {"ntasks-per-node", OptionKind::kWord},
    {"ntasks-per-socket", OptionKind::kWord},
    {"oom-kill-step", OptionKind::kNone},
    {"open-mode", OptionKind::kWord},
    {"output", OptionKind::kOutput},
    {"overcommit", OptionKind::kNone},
    {"oversubscribe", OptionKind::kNone},
    {"parsable", OptionKind::kNone},
    {"partition", OptionKind::kWord},
    {"power", OptionKind::kWord},
    {"prefer", OptionKind::kWord},
    {"priority", OptionKind::kWord},
    {"profile", OptionKind::kWord},
    {"propagate", OptionKind::kNone},
    {"qos", OptionKind::kWord},
    {"quiet", OptionKind::kNone},
    {"reboot", OptionKind::kNone},
    {"requeue", OptionKind::kNone},
    {"reservation", OptionKind::kWord},
    {"resv-ports", OptionKind::kNone},
    {"segment", OptionKind::kWord},
    {"share", OptionKind::kNone},
    {"signal", OptionKind::kWord},
    {"sockets-per-node", OptionKind::kWord},
    {"spread-job", OptionKind::kNone},
    {"spread-segments", OptionKind::kNone},
    {"stepmgr", OptionKind::kNone},
    {"switches", OptionKind::kWord},
    {"test-only", OptionKind::kNone},
    {"thread-spec", OptionKind::kWord},
    {"threads-per-core", OptionKind::kWord},
    {"time", OptionKind::kWord},
    {"time-min", OptionKind::kWord},
    {"tmp", OptionKind::kWord},
    {"tres-bind", OptionKind::kWord},
    {"tres-per-job", OptionKind::kWord},
    {"tres-per-task", OptionKind::kWord},
    {"uid", OptionKind::kWord},
    {"usage", OptionKind::kNone},
    {"use-min-nodes", OptionKind::kNone},
    {"verbose", OptionKind::kNone},
    {"version", OptionKind::kNone},
    {"wait", OptionKind::kNone},
    {"wait-all-nodes", OptionKind::kWord},
    {"wckey", OptionKind::kWord},
    {"wrap", OptionKind::kWrap},
    {"x11", OptionKind::kNone},
};

}  // namespace

OptionKind LongOptionKind(absl::string_view name) {
  OptionKind kind = OptionKind::kUnknown;
  int matches = 0;
  for (const LongOption& option : kLongOptions) {
    if (!absl::StartsWith(option.name, name)) continue;
    if (option.name == name) return option.kind;
    kind = option.kind;
    ++matches;
  }
  return matches == 1 ? kind : OptionKind::kUnknown;
}

OptionKind ShortOptionKind(char letter) {
  constexpr absl::string_view kFlags = "HhkOQsVvW";
  constexpr absl::string_view kWords = "AaBbCcdFGLMmNnpqStwx";
  if (letter == 'o') return OptionKind::kOutput;
  if (letter == 'J') return OptionKind::kName;
  if (letter == 'D' || letter == 'e' || letter == 'i') return OptionKind::kPath;
  if (kFlags.find(letter) != absl::string_view::npos) return OptionKind::kNone;
  if (kWords.find(letter) != absl::string_view::npos) return OptionKind::kWord;
  return OptionKind::kUnknown;
}

}  // namespace smon::slurm
