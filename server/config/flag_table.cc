#include "server/config/flag_table.h"

#include <gflags/gflags.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

// The texts are what --help prints, below the name and the default.
DEFINE_string(config, "",
              "YAML file with settings, by the names of their flags: "
              "`interval: 60`. Read at the start and at SIGHUP.");
DEFINE_string(attrsvc_url, "http://localhost:8000",
              "The Attribution Service: http(s)://host[:port][/prefix], "
              "host:port, unix:///abs/path.sock or /abs/path.sock.");
DEFINE_string(attrsvc_result_path, "",
              "Path of attrsvc's result route, /logs/result or /logs. Found "
              "out by asking when empty.");
DEFINE_double(timeout, 60, "Seconds that a request to attrsvc may take.");
DEFINE_double(submit_rate, 20,
              "Logs handed to attrsvc a second, at most; 0 for no limit. "
              "attrsvc's own limit is 20.");
DEFINE_double(result_rate, 1,
              "Questions for verdicts a second, at most; 0 for no limit. "
              "attrsvc's own limit is 1.");
DEFINE_bool(track_running, false,
            "Registers logs with attrsvc while their jobs still run "
            "(track_only), as newer ones want it. Takes only what the rate of "
            "submissions has to spare.");
DEFINE_string(log_wait, "10m",
              "How long a log that attrsvc cannot see yet is tried, e.g. 90s, "
              "10m, 1h. A shared file system may show it late.");
DEFINE_string(verdict_wait, "24h",
              "How long a verdict is awaited after attrsvc took the log.");
DEFINE_double(interval, 180, "Seconds between two polls of Slurm.");
DEFINE_string(partitions, "batch batch_long",
              "Slurm partitions to watch, separated by spaces: in one argument "
              "or in several.");
DEFINE_string(clusters, "",
              "Slurm clusters to watch, separated by commas, each by its "
              "ClusterName; needs a slurmdbd that they share. Name that of "
              "slurm.conf first: it is the default of requests, and is read "
              "while slurmdbd is away. Only slurm.conf's if empty.");
DEFINE_string(user, "", "Watches this user's jobs only; all users' if empty.");
DEFINE_string(job_pattern, "",
              "Watches only jobs whose name matches this regular expression "
              "(RE2) from its start.");
DEFINE_string(slurm_source, "cli",
              "How Slurm is asked: cli (squeue, sacct, …) or rest (slurmrestd, "
              "for hosts that have no Slurm commands).");
DEFINE_string(slurmrestd_url, "",
              "With --slurm_source=rest: unix:///PATH of slurmrestd's socket, "
              "http://HOST[:PORT] or https://HOST[:PORT].");
DEFINE_string(slurm_user, "",
              "With --slurm_source=rest: the user that the token is of, sent "
              "as X-SLURM-USER-NAME. Slurm before 23.02 wants it.");
DEFINE_string(slurm_jwt_file, "",
              "With --slurm_source=rest: file with slurmrestd's token, as "
              "`scontrol token` makes it. Read anew for each request, so that "
              "it may be replaced.");
DEFINE_string(slurm_cluster, "",
              "With --slurm_source=rest: ClusterName of slurm.conf. Asked when "
              "empty; a slurmrestd before 23.11 whose database serves several "
              "clusters cannot always tell.");
DEFINE_string(shared_log, "last",
              "How often a log that several tasks of an array write to is "
              "handed over: last (once, when the last of them has ended) or "
              "each (for each task).");
DEFINE_string(store, "sqlite:///var/lib/smonsvc/smon.db",
              "Where jobs and verdicts are kept: sqlite:///abs/path/file.db, "
              "postgresql://user@host/database (docs/STORE.md), or memory: to "
              "forget them at exit.");
DEFINE_string(store_password_file, "",
              "With --store=postgresql://...: file whose first line is the "
              "password, for its owner only (mode 0600). Read at each "
              "connection.");
DEFINE_string(replica_name, "",
              "With --store=postgresql://...: how this smonsvc is called among "
              "those that share the store; the host's name when empty.");
DEFINE_string(retention_age, "90d",
              "How long a job is kept after its end, e.g. 90d, 720h; 0 for "
              "ever. One whose log is still to be delivered stays, and so does "
              "what ended in the last two days.");
DEFINE_int64(retention_jobs, 1000000,
             "How many jobs are kept; 0 for all. Of more, those that ended "
             "first are removed, with the same exceptions.");
DEFINE_string(grpc_address, "127.0.0.1:8101",
              "host:port of the gRPC server; port 0 picks a free one.");
DEFINE_string(grpc_socket, "",
              "Absolute path of a unix socket on which gRPC is served too; who "
              "may open it may do everything.");
DEFINE_string(http_socket, "",
              "Absolute path of a unix socket on which HTTP is served too.");
DEFINE_string(unix_socket_mode, "0600",
              "Mode of these sockets, in octal: who may open them.");
DEFINE_string(tls_cert, "",
              "PEM file with the certificate of both ports, and those between "
              "it and its root: then they speak TLS, 1.2 or newer. Read again "
              "when it changes.");
DEFINE_string(tls_key, "", "PEM file with the key of --tls_cert.");
DEFINE_string(tls_client_ca, "",
              "PEM file with the authorities of client certificates: who has "
              "one may read, or what --token_file says.");
DEFINE_string(token_file, "",
              "Who may read and who may write: lines of "
              "NAME:read|write:sha256:DIGEST or NAME:read|write:cert:SUBJECT. "
              "Then all others are refused. Read again when it changes.");
DEFINE_string(allowed_hosts, "",
              "Names, separated by commas, by which a proxy asks for the HTTP "
              "port. Without tokens and on loopback, other names than "
              "localhost are refused.");
DEFINE_string(cors_allowed_origins, "",
              "Origins, separated by commas, whose web pages browsers let use "
              "the HTTP port: https://board.example. None by default.");
DEFINE_string(host, "127.0.0.1", "Interface of the HTTP server.");
DEFINE_int32(port, -1,
             "Port of the HTTP server (JSON API, /healthz, /stats, /jobs); off "
             "when not set, 0 picks a free one.");
DEFINE_bool(ui, true,
            "Serves the status page, /ui, on the HTTP port. It shows nothing "
            "that its reader may not read in the API.");
DEFINE_bool(insecure_allow_remote, false,
            "Allows to listen on other than loopback addresses without TLS and "
            "authentication, where anybody who reaches the port can read and "
            "resubmit.");
DEFINE_bool(verbose, false, "Logs as --log_level=DEBUG. Short: -v.");
DEFINE_string(log_level, "INFO", "DEBUG, INFO, WARNING or ERROR.");
DEFINE_string(log_format, "text", "text or json.");

namespace smon {
namespace {

// Longer words are no slip of a name of ours, and cost quadratic time.
constexpr size_t kLongestSlip = 64;

// Flags by section, in the order of --help.
struct Section {
  const char* title;
  std::vector<const char*> flags;
};

const std::vector<Section>& Sections() {
  static const auto* const sections = new std::vector<Section>{
      {"File", {"config"}},
      {"Slurm",
       {"clusters", "partitions", "user", "job_pattern", "interval",
        "shared_log", "slurm_source", "slurmrestd_url", "slurm_user",
        "slurm_jwt_file", "slurm_cluster"}},
      {"Attribution Service",
       {"attrsvc_url", "attrsvc_result_path", "timeout", "submit_rate",
        "result_rate", "track_running", "log_wait", "verdict_wait"}},
      {"Keeping and serving",
       {"store", "store_password_file", "replica_name", "retention_age",
        "retention_jobs", "grpc_address", "host", "port", "ui", "grpc_socket",
        "http_socket", "unix_socket_mode"}},
      {"Security",
       {"tls_cert", "tls_key", "tls_client_ca", "token_file", "allowed_hosts",
        "cors_allowed_origins", "insecure_allow_remote"}},
      {"Logging", {"log_level", "verbose", "log_format"}},
  };
  return *sections;
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string Wrap(absl::string_view text, absl::string_view indent) {
  std::string out;
  size_t column = 0;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column == 0 || column + 1 + word.size() > 78) {
      absl::StrAppend(&out, column == 0 ? "" : "\n", indent, word);
      column = indent.size() + word.size();
    } else {
      absl::StrAppend(&out, " ", word);
      column += 1 + word.size();
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> FlagNames() {
  std::vector<std::string> names;
  for (const Section& section : Sections()) {
    names.insert(names.end(), section.flags.begin(), section.flags.end());
  }
  return names;
}

std::vector<std::string> VariablesOf(const std::string& flag) {
  std::vector<std::string> names = {
      absl::StrCat("NVRX_SMONSVC_", absl::AsciiStrToUpper(flag))};
  if (flag == "attrsvc_url") {
    names.insert(names.end(), {"NVRX_SMONSVC_ATTRSVC_ENDPOINT",
                               "NVRX_ATTRSVC_ENDPOINT", "NVRX_ATTRSVC_URL"});
  }
  return names;
}

std::string FindFlag(absl::string_view spelled) {
  std::string name = absl::StrReplaceAll(spelled, {{"-", "_"}});
  if (name == "attrsvc_endpoint") name = "attrsvc_url";
  const std::vector<std::string> names = FlagNames();
  return std::count(names.begin(), names.end(), name) > 0 ? name : "";
}

std::string NearestFlag(absl::string_view spelled) {
  if (spelled.size() > kLongestSlip) return "";
  const std::string name = absl::StrReplaceAll(spelled, {{"-", "_"}});
  std::string nearest;
  size_t least = 4;  // farther away is no help
  for (const std::string& known : FlagNames()) {
    const size_t distance = EditDistance(name, known);
    if (distance < least) {
      least = distance;
      nearest = known;
    }
  }
  return nearest;
}

FlagType TypeOf(const std::string& flag) {
  const std::string type =
      gflags::GetCommandLineFlagInfoOrDie(flag.c_str()).type;
  if (type == "bool") return FlagType::kBool;
  return type == "string" ? FlagType::kText : FlagType::kNumber;
}

std::string HelpText() {
  std::string text =
      "smonsvc - hands the log of every finished Slurm job to the Attribution\n"
      "Service and keeps its verdict\n"
      "\n"
      "Usage: smonsvc [--name=value ...]\n"
      "\n"
      "Each setting can also be given by the environment variable that is\n"
      "named beside it, or in the file of --config. An argument wins over the\n"
      "environment, the environment over the file, the file over the default.\n"
      "Names may be written with dashes or underscores.\n";
  for (const Section& section : Sections()) {
    absl::StrAppend(&text, "\n", section.title, "\n");
    for (const char* flag : section.flags) {
      const gflags::CommandLineFlagInfo info =
          gflags::GetCommandLineFlagInfoOrDie(flag);
      const std::string shown = info.default_value.empty() ? "none"
                                : std::string(flag) == "port"
                                    ? "off"
                                    : info.default_value;
      absl::StrAppend(&text, "  --", flag, "  [", shown, "]  ",
                      VariablesOf(flag)[0], "\n",
                      Wrap(info.description, "      "), "\n");
      if (std::string(flag) == "attrsvc_url") {
        text +=
            "      Also --attrsvc_endpoint, NVRX_ATTRSVC_ENDPOINT and\n"
            "      NVRX_ATTRSVC_URL.\n";
      }
    }
  }
  text +=
      "\n"
      "Others\n"
      "  --check_config  Checks the settings and the files that they name,\n"
      "                  lists all problems, and exits: 0 for none, 2 for "
      "some.\n"
      "  --print_config  Prints the settings and where each was given, as a\n"
      "                  file for --config, and exits as --check_config does.\n"
      "  --version       Prints the version and exits.\n"
      "  --help, -h      Prints this.\n"
      "\n"
      "SIGHUP reads the file of --config, certificates and tokens again.\n"
      "Exit status: 0 after SIGTERM or SIGINT; 1 when it cannot run; 2 when\n"
      "the command line, the environment or the file cannot be understood.\n";
  return text;
}

}  // namespace smon
