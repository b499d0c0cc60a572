// smonctl clusters: the clusters that smonsvc watches, side by side.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cluster_table.h"
#include "client/columns.h"
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

// One that stays; new columns go to the end.
constexpr char kCsvColumns[] =
    "name:name,is_default:is_default,status:status,"
    "slurm_version:slurm_version,last_poll_time:last_poll_time,"
    "next_poll_time:next_poll_time,live:jobs.live,ended:jobs.ended,"
    "failed:jobs.failed,poller_replica_id:poller_replica_id";

absl::StatusOr<std::string> CsvText(const v1::ListClustersResponse& clusters,
                                    bool headers) {
  SMON_ASSIGN_OR_RETURN(std::vector<Column> columns,
                        ParseColumns(*v1::Cluster::descriptor(), kCsvColumns));
  CsvRows rows(std::move(columns), headers);
  std::string text;
  for (const v1::Cluster& cluster : clusters.clusters()) {
    rows.Append(cluster, &text);
  }
  rows.Finish(&text);
  return text;
}

absl::StatusOr<std::string> CustomText(const v1::ListClustersResponse& clusters,
                                       const Session& session, bool headers) {
  SMON_ASSIGN_OR_RETURN(
      std::vector<Column> columns,
      ParseColumns(*v1::Cluster::descriptor(), session.columns));
  CustomRows rows(std::move(columns), session.terminal, headers);
  for (const v1::Cluster& cluster : clusters.clusters()) rows.Add(cluster);
  return rows.TakeText();
}

absl::StatusOr<std::string> ClustersText(
    const v1::ListClustersResponse& clusters, Session& session, bool headers) {
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
    case OutputFormat::kCsv:
      return CsvText(clusters, headers);
    case OutputFormat::kCustomColumns:
      return CustomText(clusters, session, headers);
    case OutputFormat::kTable:
    case OutputFormat::kWide:
      break;
  }
  SMON_ASSIGN_OR_RETURN(
      const v1::ListReplicasResponse replicas,
      session.connection.Call(&v1::MonitorService::Stub::ListReplicas,
                              v1::ListReplicasRequest()));
  return ClusterTable(clusters, replicas, session.format == OutputFormat::kWide,
                      session.terminal, session.now, session.zone, headers);
}

absl::StatusOr<ExitStatus> ShowClusters(Session& session, bool headers) {
  SMON_ASSIGN_OR_RETURN(const v1::ListClustersResponse clusters,
                        FetchClusters(&session.connection));
  SMON_ASSIGN_OR_RETURN(const std::string text,
                        ClustersText(clusters, session, headers));
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddClustersCommand(CommandLine* line) {
  const auto no_headers = std::make_shared<bool>(false);
  CLI::App* app = line->Add(
      "clusters",
      "List the clusters that smonsvc watches: whether each works, when it was "
      "polled, by which replica, and its jobs",
      {"smonctl clusters", "smonctl clusters -o wide",
       "smonctl clusters -o name", "smonctl --cluster=tux clusters -o json",
       "smonctl clusters -o custom-columns=NAME:name,LIVE:jobs.live"},
      [no_headers](Session& session) {
        return ShowClusters(session, !*no_headers);
      });
  app->add_flag("--no-headers", *no_headers,
                "Leave the line with the columns' names out");
  line->SetFormats(
      app,
      {OutputFormat::kTable, OutputFormat::kWide, OutputFormat::kJson,
       OutputFormat::kJsonLines, OutputFormat::kYaml, OutputFormat::kCsv,
       OutputFormat::kName, OutputFormat::kCustomColumns},
      "table (default), wide, json, jsonl (a cluster a line), yaml, csv, name "
      "(names alone), or custom-columns=[HEADER:]FIELD,… with the names of "
      "json, such as NAME:name,LIVE:jobs.live");
}

}  // namespace smon::client
