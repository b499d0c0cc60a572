// smonctl clusters: the clusters that smonsvc watches, side by side.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cluster_table.h"
#include "client/commands/commands.h"
#include "client/json.h"
#include "client/yaml.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

// All, or the one that --cluster names.
absl::StatusOr<v1::ListClustersResponse> FetchClusters(Connection* connection) {
  SMON_ASSIGN_OR_RETURN(
      v1::ListClustersResponse all,
      connection->Call(&v1::MonitorService::Stub::ListClusters,
                       v1::ListClustersRequest()));
  if (connection->cluster().empty()) return all;
  v1::ListClustersResponse one;
  SMON_ASSIGN_OR_RETURN(*one.add_clusters(),
                        connection->Call(&v1::MonitorService::Stub::GetCluster,
                                         v1::GetClusterRequest()));
  return one;
}

absl::StatusOr<std::string> ClustersText(
    const v1::ListClustersResponse& clusters, Session& session) {
  std::string text;
  switch (session.format) {
    case OutputFormat::kJson:
      return ToJson(clusters, JsonStyle::kIndented);
    case OutputFormat::kJsonLines:
      for (const v1::Cluster& cluster : clusters.clusters()) {
        SMON_RETURN_IF_ERROR(AppendJson(cluster, &text));
        text.push_back('\n');
      }
      return text;
    case OutputFormat::kYaml:
      text = "clusters:\n";
      for (const v1::Cluster& cluster : clusters.clusters()) {
        SMON_RETURN_IF_ERROR(AppendYamlItem(cluster, &text));
      }
      return text;
    case OutputFormat::kName:
      for (const v1::Cluster& cluster : clusters.clusters()) {
        absl::StrAppend(&text, ToPrintable(cluster.name()), "\n");
      }
      return text;
    case OutputFormat::kTable:
    case OutputFormat::kWide:
      break;
    default:
      return absl::InvalidArgumentError(
          "clusters are shown as table, wide, json, jsonl, yaml or name");
  }
  SMON_ASSIGN_OR_RETURN(
      const v1::ListReplicasResponse replicas,
      session.connection.Call(&v1::MonitorService::Stub::ListReplicas,
                              v1::ListReplicasRequest()));
  return ClusterTable(clusters, replicas, session.format == OutputFormat::kWide,
                      session.terminal, session.now, session.zone);
}

absl::StatusOr<ExitStatus> ShowClusters(Session& session) {
  SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse clusters,
                        FetchClusters(&session.connection));
  SMON_ASSIGN_OR_RETURN(const std::string text,
                        ClustersText(clusters, session));
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddClustersCommand(CommandLine* line) {
  CLI::App* app = line->Add(
      "clusters",
      "List the clusters that smonsvc watches: whether each works, when it was "
      "polled, by which replica, and its jobs",
      {"smonctl clusters", "smonctl clusters -o wide",
       "smonctl clusters -o name", "smonctl --cluster=tux clusters -o json"},
      ShowClusters);
  line->SetFormats(
      app,
      {OutputFormat::kTable, OutputFormat::kWide, OutputFormat::kJson,
       OutputFormat::kJsonLines, OutputFormat::kYaml, OutputFormat::kName},
      "table (default), wide, json, jsonl (a cluster a line), yaml, or name "
      "(names alone)");
}

}  // namespace smon::client
