// smonctl health: whether smonsvc and what it depends on work.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/block.h"
#include "client/cluster_table.h"
#include "client/commands/commands.h"
#include "client/fleet.h"
#include "client/message_text.h"
#include "client/table.h"
#include "client/time_format.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

std::string StatusText(v1::Health::Status status) {
  return status == v1::Health::STATUS_UNSPECIFIED
             ? "unknown"
             : v1::Health::Status_Name(status);
}

Color StatusColor(v1::Health::Status status) {
  return status == v1::Health::OK ? Color::kGreen : Color::kRed;
}

// The parts of --cluster and of none, or all; `clusters`: with a column that
// says whose each is.
std::string ComponentsTable(const v1::Health& health, bool clusters,
                            const Session& session) {
  std::vector<Table::Column> columns = {{"COMPONENT"}};
  if (clusters) columns.push_back({"CLUSTER", 8});
  for (const char* header : {"STATUS", "SINCE", "LAST SUCCESS", "NEXT TRY"}) {
    columns.push_back({header});
  }
  columns.push_back({"LAST ERROR", 24});
  Table table(std::move(columns), session.terminal);
  const std::string& only = session.connection.cluster();
  const auto when = [&session](bool present,
                               const google::protobuf::Timestamp& time) {
    return present ? FormatRelative(FromProto(time), session.now, session.zone)
                   : "";
  };
  for (const v1::Health::Component& part : health.components()) {
    if (!only.empty() && !part.cluster().empty() && part.cluster() != only) {
      continue;
    }
    const std::string error_time =
        when(part.has_last_error_time(), part.last_error_time());
    std::vector<Table::Cell> cells = {{part.name()}};
    if (clusters) cells.push_back({part.cluster()});
    const std::vector<Table::Cell> rest = {
        {StatusText(part.status()), StatusColor(part.status())},
        {when(part.has_since_time(), part.since_time())},
        {when(part.has_last_success_time(), part.last_success_time())},
        {when(part.has_next_attempt_time(), part.next_attempt_time())},
        {part.last_error().empty() || error_time.empty()
             ? part.last_error()
             : absl::StrCat(error_time, ": ", part.last_error())}};
    cells.insert(cells.end(), rest.begin(), rest.end());
    table.AddRow(std::move(cells));
  }
  return table.TakeText();
}

// Where there are several of them.
std::string FleetText(const v1::ListClustersResponse& clusters,
                      const v1::ListReplicasResponse& replicas,
                      const Session& session) {
  std::string text;
  if (clusters.clusters_size() > 1) {
    absl::StrAppend(&text, "\n",
                    ClusterTable(clusters, replicas, /*wide=*/false,
                                 session.terminal, session.now, session.zone));
  }
  if (replicas.replicas_size() > 1) {
    absl::StrAppend(
        &text, "\n",
        ReplicaTable(replicas, session.terminal, session.now, session.zone));
  }
  return text;
}

std::string HealthText(const v1::Health& health, bool clusters,
                       const Session& session) {
  std::string issues;
  for (const std::string& issue : health.issues()) {
    absl::StrAppend(&issues, issue, "\n");
  }
  const std::string up =
      health.has_start_time()
          ? FormatElapsed(session.now - FromProto(health.start_time()))
          : "";
  return absl::StrCat(FormatBlock({{"Status", StatusText(health.status())},
                                   {"Issues", issues, /*has_lines=*/true},
                                   {"Address", session.connection.address()},
                                   {"Version", health.version()},
                                   {"Up for", up}},
                                  session.terminal.columns),
                      "\n", ComponentsTable(health, clusters, session));
}

absl::StatusOr<ExitStatus> ShowHealth(Session& session) {
  SMON_ASSIGN_OR_RETURN(
      const v1::Health health,
      session.connection.Call(&v1::MonitorService::Stub::GetHealth,
                              v1::GetHealthRequest()));
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(health, session.format));
  } else {
    SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse clusters,
                          ReadClusters(&session.connection));
    SMON_ASSIGN_OR_RETURN(const v1::ListReplicasResponse replicas,
                          ReadReplicas(&session.connection));
    text =
        absl::StrCat(HealthText(health, clusters.clusters_size() > 1, session),
                     FleetText(clusters, replicas, session));
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return health.status() == v1::Health::OK ? ExitStatus::kOk
                                           : ExitStatus::kFailure;
}

}  // namespace

void AddHealthCommand(CommandLine* line) {
  line->Add("health",
            "Show whether smonsvc, Slurm, attrsvc and the store work, and "
            "each cluster and replica where there are several; exit status 1 "
            "when not",
            {"smonctl health", "smonctl health -o json | jq .issues",
             "smonctl health >/dev/null || echo degraded or down"},
            ShowHealth);
}

}  // namespace smon::client
