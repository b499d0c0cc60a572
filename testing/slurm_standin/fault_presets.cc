#include "testing/slurm_standin/fault_presets.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace smon::slurm_standin {
namespace {

constexpr absl::string_view kDatabaseAddress = "127.0.0.1:6819";

// What libslurm logs before any message when it cannot make a credential.
std::string MungeErrors(const Call& call, absl::string_view rpc) {
  return absl::StrCat(
      call.program, ": error: If munged is up, restart with --num-threads=10\n",
      call.program,
      ": error: Munge encode failed: Failed to access "
      "\"/run/munge/munge.socket.2\": No such file or directory (Did you start "
      "munged?)\n",
      call.program, ": error: slurm_send_node_msg: auth_g_create: ", rpc,
      " has authentication error\n");
}

Output NoConf(const Call& call) {
  return Failure(absl::StrCat(
      call.program,
      ": error: s_p_parse_file: cannot stat file /etc/slurm/slurm.conf: No "
      "such file or directory, retrying in 1sec up to 60sec\n",
      call.program, ": error: ClusterName needs to be specified\n",
      call.program, ": fatal: Unable to process configuration file\n"));
}

// Where a cluster is named, slurmdbd is asked for its controller.
std::optional<Output> FindController(const Call& call) {
  if (call.cluster.empty()) return std::nullopt;
  if (call.preset == "controller_down") return UnreachableCluster(call);
  if (call.preset != "dbd_down") return std::nullopt;
  const std::string start = absl::StrCat(call.program, ": error: ");
  return Failure(absl::StrCat(
      start,
      "slurm_persist_conn_open_without_init: failed to open persistent "
      "connection to host:",
      kDatabaseAddress, ": Connection refused\n", start,
      "Sending PersistInit msg: Connection refused\n", start,
      "DBD_GET_CLUSTERS failure: Connection refused\n", start,
      "Problem talking to database\n"));
}

}  // namespace

Output UnreachableCluster(const Call& call) {
  return Failure(absl::StrCat(
      call.program, ": error: '", call.cluster,
      "' can't be reached now, or it is an invalid entry for --cluster.  Use "
      "'sacctmgr list clusters' to see available clusters.\n"));
}

std::optional<Output> ContactController(const Call& call, absl::string_view rpc,
                                        absl::string_view message_start) {
  if (auto fault = FindController(call)) return fault;
  if (call.preset == "controller_down") {
    return Failure(
        absl::StrCat(message_start,
                     "Unable to contact slurm controller (connect failure)\n"));
  }
  if (call.preset == "controller_timeout") {
    return Failure(absl::StrCat(message_start,
                                "Socket timed out on send/recv operation\n"));
  }
  if (call.preset == "munge_down") {
    return Failure(absl::StrCat(MungeErrors(call, rpc), message_start,
                                "Protocol authentication error\n"));
  }
  if (call.preset == "no_conf") return NoConf(call);
  return std::nullopt;
}

std::optional<Output> ContactDatabase(const State& state, const Call& call) {
  if (!state.accounting || call.preset == "accounting_disabled") {
    return Failure("Slurm accounting storage is disabled\n");
  }
  if (call.preset == "no_conf") return NoConf(call);
  std::string log;
  std::string reason;
  if (call.preset == "dbd_down") {
    reason = "Connection refused";
    log = absl::StrCat(
        "sacct: error: slurm_persist_conn_open_without_init: failed to open "
        "persistent connection to host:",
        kDatabaseAddress, ": ", reason, "\n");
  } else if (call.preset == "dbd_timeout") {
    reason = "Resource temporarily unavailable";
    log =
        "sacct: error: slurm_persist_conn_open: No response to persist_init\n";
  } else if (call.preset == "database_down") {
    reason = "Unable to connect to database";
    log = absl::StrCat(
        "sacct: error: slurm_persist_conn_open: Something happened with the "
        "receiving/processing of the persistent connection init message to ",
        kDatabaseAddress, ": ", reason, "\n");
  } else if (call.preset == "munge_down") {
    reason = "Protocol authentication error";
    log = absl::StrCat(MungeErrors(call, "REQUEST_PERSIST_INIT"),
                       "sacct: error: slurm_persist_conn_open: failed to send "
                       "persistent connection init message to ",
                       kDatabaseAddress, "\n");
  } else {
    return std::nullopt;
  }
  return Failure(absl::StrCat(
      log, "sacct: error: Sending PersistInit msg: ", reason,
      "\nsacct: error: Problem talking to the database: ", reason, "\n"));
}

bool IsPreset(absl::string_view name) {
  static const std::set<absl::string_view>* const kNames =
      new std::set<absl::string_view>{"controller_down", "controller_timeout",
                                      "munge_down",      "no_conf",
                                      "dbd_down",        "dbd_timeout",
                                      "database_down",   "accounting_disabled"};
  return kNames->count(name) > 0;
}

}  // namespace smon::slurm_standin
