#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/fault_presets.h"
#include "testing/slurm_standin/job_text.h"
#include "testing/slurm_standin/options.h"
#include "testing/slurm_standin/scontrol_job.h"

namespace smon::slurm_standin {
namespace {

constexpr char kRestore[] =
    "*****************************************\n"
    "** RESTORE SLURMCTLD DAEMON TO SERVICE **\n"
    "*****************************************\n";

const std::vector<OptionSpec>& Specs() {
  static const auto* const kSpecs = new std::vector<OptionSpec>{
      {'a', "all", false},     {'d', "details", false},
      {'M', "clusters", true}, {'o', "oneliner", false},
      {'Q', "quiet", false},   {'V', "version", false}};
  return *kSpecs;
}

// The real one has 180 lines; these are the ones that say something about jobs,
// and some that are easy to take for them.
Output ShowConfig(const State& state, const Call& call) {
  if (const auto fault = ContactController(call, "REQUEST_BUILD_INFO",
                                           "slurm_load_ctl_conf error: ")) {
    return *fault;
  }
  const bool accounting = state.accounting;
  const std::string min_job_age = absl::StrCat(state.min_job_age, " sec");
  const std::pair<const char*, std::string> lines[] = {
      {"AccountingStorageBackupHost", "(null)"},
      {"AccountingStorageEnforce", "none"},
      {"AccountingStorageHost", accounting ? "127.0.0.1" : "localhost"},
      {"AccountingStorageExternalHost", "(null)"},
      {"AccountingStorageType",
       accounting ? "accounting_storage/slurmdbd" : "accounting_storage/none"},
      {"AccountingStorageUser", accounting ? "N/A" : "root"},
      {"AccountingStoreFlags",
       accounting ? "job_comment,job_script" : "(null)"},
      {"AuthType", "auth/munge"},
      {"BOOT_TIME", FormatTime(call, call.now - 86400, "")},
      {"ClusterName", state.cluster},
      {"CompleteWait", "0 sec"},
      {"FirstJobId", "1"},
      {"JobCompType", "jobcomp/none"},
      {"MaxArraySize", "1001"},
      {"MaxJobCount", "10000"},
      {"MaxJobId", "67043328"},
      {"MessageTimeout", "10 sec"},
      {"MinJobAge", min_job_age},
      {"NEXT_JOB_ID", "100"},
      {"PowerPlugin", ""},
      {"PrivateData", "none"},
      {"SlurmctldHost[0]", "localhost(127.0.0.1)"},
      {"SLURM_CONF", "/etc/slurm/slurm.conf"},
      {"SLURM_VERSION", state.version},
      {"TaskPluginParam", "(null type)"},
      {"X11Parameters", "(null)"}};
  Output output;
  output.out = absl::StrCat("Configuration data as of ",
                            FormatTime(call, call.now, ""), "\n");
  for (const auto& [name, value] : lines) {
    const std::string key(name);
    const size_t padding = key.size() < 23 ? 23 - key.size() : 0;
    absl::StrAppend(&output.out, key, std::string(padding, ' '), " = ", value,
                    "\n");
  }
  absl::StrAppend(&output.out, "\nSlurmctld(primary) at localhost is UP\n");
  return output;
}

Output Ping(const Call& call) {
  Output output;
  const auto fault = ContactController(call, "REQUEST_PING", "");
  if (!fault.has_value()) {
    output.out = "Slurmctld(primary) at localhost is UP\n";
    return output;
  }
  if (call.preset == "no_conf") return *fault;
  output.out =
      absl::StrCat("Slurmctld(primary) at localhost is DOWN\n", kRestore);
  output.exit_status = 1;
  return output;
}

Output ShowJob(const State& state, const Call& call, const Options& options) {
  std::optional<JobSelector> selector;
  if (options.operands.size() > 2) {
    selector = ParseJobSelector(options.operands[2]);
    if (!selector.has_value()) {
      return Failure("scontrol_print_job error: Invalid job id specified\n");
    }
  }
  constexpr char kMessageStart[] = "slurm_load_jobs error: ";
  if (const auto fault = ContactController(
          call, selector ? "REQUEST_JOB_INFO_SINGLE" : "REQUEST_JOB_INFO",
          kMessageStart)) {
    return *fault;
  }
  Output output;
  for (const Job& job : state.jobs) {
    if (!job.in_queue || (selector && !Selects(*selector, job))) continue;
    output.out += ScontrolJob(state, call, job, options.Has("oneliner"));
  }
  if (!output.out.empty()) return output;
  if (selector.has_value()) {
    return Failure(absl::StrCat(kMessageStart, "Invalid job id specified\n"));
  }
  output.out = "No jobs in the system\n";
  return output;
}

}  // namespace

Output RunScontrol(const State& state, const Call& call) {
  const Options options = ParseOptions(Specs(), call.args);
  if (!options.error.empty()) {
    return Failure(absl::StrCat("scontrol: ", options.error,
                                "\nTry \"scontrol --help\" for more "
                                "information\n"));
  }
  if (options.Has("version")) return VersionOutput(state);
  const std::vector<std::string>& words = options.operands;
  if (words.size() == 1 && words[0] == "ping") return Ping(call);
  if (words.size() == 1 && words[0] == "show") {
    return Failure("too few arguments for keyword:show\n");
  }
  if (words.size() > 1 && words[0] == "show") {
    if (words[1] == "config") return ShowConfig(state, call);
    if (words[1] == "job" || words[1] == "jobs") {
      return ShowJob(state, call, options);
    }
  }
  return Failure(
      "slurm_standin: scontrol is modelled with ping, show config and show "
      "job\n",
      99);
}

}  // namespace smon::slurm_standin
