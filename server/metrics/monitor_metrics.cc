#include "server/metrics/monitor_metrics.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/metrics/families.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

constexpr Action kAllActions[] = {Action::kStop,     Action::kRestart,
                                  Action::kContinue, Action::kUnknown,
                                  Action::kTimeout,  Action::kOther};

double Number(int64_t count) { return static_cast<double>(count); }

// Labels are the API's words.
std::string Name(Action action) {
  return v1::Verdict::Action_Name(ToProto(action));
}

using CountsByCluster = std::map<std::string, JobCounts>;

// Of each cluster and each of the values, in this order.
template <typename Count>
void CollectCounts(const char* name, const char* help, const char* label,
                   const CountsByCluster& clusters,
                   const google::protobuf::EnumDescriptor* values, Count count,
                   Families* families) {
  for (const auto& [cluster, counts] : clusters) {
    std::map<int, int64_t> jobs = count(counts);
    // All of them, so that a rate or an alert does not wait for the first job.
    for (int i = 1; i < values->value_count(); ++i) {
      families->Gauge(
          name, help, Number(jobs[values->value(i)->number()]),
          {{"cluster", cluster}, {label, values->value(i)->name()}});
    }
  }
}

// The counts by the API's values of what they are counted by.
template <typename Key>
std::map<int, int64_t> ByProto(const std::map<Key, int64_t>& counts) {
  std::map<int, int64_t> jobs;
  for (const auto& [key, number] : counts) jobs[ToProto(key)] += number;
  return jobs;
}

void CollectJobs(const CountsByCluster& clusters, Families* families) {
  CollectCounts(
      "smonsvc_jobs", "Jobs in the store, by Slurm's state.", "state", clusters,
      v1::Job::State_descriptor(),
      [](const JobCounts& counts) { return ByProto(counts.by_state); },
      families);
  CollectCounts(
      "smonsvc_deliveries",
      "Jobs in the store, by how far the delivery of their log has come.",
      "phase", clusters, v1::Delivery::Phase_descriptor(),
      [](const JobCounts& counts) { return ByProto(counts.by_phase); },
      families);
  CollectCounts(
      "smonsvc_delivery_problems",
      "Jobs in the store whose log had a problem, by its kind.", "problem",
      clusters, v1::Delivery::Problem_descriptor(),
      [](const JobCounts& counts) { return ByProto(counts.by_problem); },
      families);
}

// Of the clusters that are watched here, and of those that have jobs.
void CollectStore(const StoreProbe& probe,
                  const std::vector<ClusterWatch::Snapshot>& watched,
                  Families* families) {
  auto sample = probe.Latest();
  families->Gauge("smonsvc_store_readable",
                  "Whether the store could be read in the last seconds.",
                  sample.ok());
  if (!sample.ok()) return;
  for (const ClusterWatch::Snapshot& cluster : watched) {
    sample->counts.try_emplace(cluster.name);
  }
  CollectJobs(sample->counts, families);
  if (!sample->size.has_value()) return;
  const char* const size = "smonsvc_store_size_bytes";
  const char* const size_help = "Size of the store's files.";
  families->Gauge(size, size_help, Number(sample->size->database_bytes),
                  {{"file", "database"}});
  families->Gauge(size, size_help, Number(sample->size->wal_bytes),
                  {{"file", "wal"}});
  families->Gauge("smonsvc_store_disk_free_bytes",
                  "Free room on the store's disk.",
                  Number(sample->size->free_bytes));
}

using Cluster = ClusterWatch::Snapshot;

// Adds samples of each cluster, with its name as a label. Family by family, as
// the text format wants it.
class PerCluster {
 public:
  PerCluster(const std::vector<Cluster>& clusters, Families* families)
      : clusters_(clusters), families_(families) {}

  // `labels` come after the cluster's.
  template <typename Value>
  void Counter(const char* name, const char* help, Value value,
               const MetricLabels& labels = {}) const {
    for (const Cluster& cluster : clusters_) {
      families_->Counter(name, help, Number(value(cluster)),
                         With(cluster, labels));
    }
  }
  template <typename Value>
  void Gauge(const char* name, const char* help, Value value) const {
    for (const Cluster& cluster : clusters_) {
      families_->Gauge(name, help, static_cast<double>(value(cluster)),
                       With(cluster));
    }
  }
  template <typename Value>
  void Timestamp(const char* name, const char* help, Value value) const {
    for (const Cluster& cluster : clusters_) {
      families_->Timestamp(name, help, value(cluster), With(cluster));
    }
  }
  template <typename Value>
  void Histogram(const char* name, const char* help, Value value) const {
    for (const Cluster& cluster : clusters_) {
      families_->Histogram(name, help, value(cluster), With(cluster));
    }
  }

 private:
  static MetricLabels With(const Cluster& cluster,
                           const MetricLabels& labels = {}) {
    MetricLabels all = {{"cluster", cluster.name}};
    all.insert(all.end(), labels.begin(), labels.end());
    return all;
  }

  const std::vector<Cluster>& clusters_;
  Families* const families_;
};

void CollectPolls(const std::vector<Cluster>& clusters, Families* families) {
  const PerCluster add(clusters, families);
  const char* const polled = "smonsvc_polls_total";
  const char* const polled_help = "Polls of Slurm, by whether they succeeded.";
  add.Counter(polled, polled_help,
              [](const Cluster& c) { return c.polls.polls; },
              {{"outcome", "ok"}});
  add.Counter(polled, polled_help,
              [](const Cluster& c) { return c.polls.failed_polls; },
              {{"outcome", "failed"}});
  add.Histogram("smonsvc_poll_duration_seconds",
                "Duration of polls, failed ones too.",
                [](const Cluster& c) { return c.polls.durations; });
  add.Gauge(
      "smonsvc_poll_interval_seconds",
      "Time between polls; stretched while Slurm is slow.",
      [](const Cluster& c) { return absl::ToDoubleSeconds(c.polls.interval); });
  add.Timestamp("smonsvc_last_successful_poll_timestamp_seconds",
                "When the last successful poll began.",
                [](const Cluster& c) { return c.polls.last_success; });
  add.Counter("smonsvc_jobs_found_total", "Jobs seen for the first time.",
              [](const Cluster& c) { return c.polls.jobs; });
  add.Counter("smonsvc_slurm_malformed_records_total",
              "Records of Slurm that could not be read.",
              [](const Cluster& c) { return c.polls.malformed_records; });
  add.Gauge("smonsvc_slurm_skipped_summaries",
            "Array summaries in the last queue, which are no jobs.",
            [](const Cluster& c) { return c.polls.skipped_summaries; });
  const char* const removed = "smonsvc_jobs_removed_total";
  const char* const removed_help = "Jobs removed from the store, by the rule.";
  add.Counter(removed, removed_help,
              [](const Cluster& c) { return c.polls.removed.by_age; },
              {{"rule", "age"}});
  add.Counter(removed, removed_help,
              [](const Cluster& c) { return c.polls.removed.by_count; },
              {{"rule", "count"}});
}

// Of the clusters that keep accounting.
void CollectAccounting(std::vector<Cluster> clusters, Families* families) {
  const auto remove_if = [&clusters](const auto& condition) {
    clusters.erase(std::remove_if(clusters.begin(), clusters.end(), condition),
                   clusters.end());
  };
  const PerCluster add(clusters, families);
  remove_if([](const Cluster& c) { return !c.accounting.has_value(); });
  add.Timestamp("smonsvc_accounting_watermark_timestamp_seconds",
                "Accounting has been read up to here.",
                [](const Cluster& c) { return c.polls.watermark; });
  add.Counter("smonsvc_coverage_back_filled_jobs_total",
              "Jobs that had been missed and were found by a check.",
              [](const Cluster& c) { return c.polls.coverage.back_filled; });
  remove_if([](const Cluster& c) {
    return c.polls.coverage.checked == absl::InfinitePast();
  });
  add.Timestamp("smonsvc_coverage_check_timestamp_seconds",
                "When it was last checked that all jobs that ended are known.",
                [](const Cluster& c) { return c.polls.coverage.checked; });
  add.Gauge("smonsvc_coverage_ended_jobs",
            "Jobs that ended in the last day, by accounting.",
            [](const Cluster& c) { return c.polls.coverage.ended; });
  add.Gauge("smonsvc_coverage_missing_jobs",
            "Of these, jobs that are not known. 0 when all is well.",
            [](const Cluster& c) { return c.polls.coverage.missing; });
}

void CollectCommands(const std::vector<Cluster>& clusters, Families* families) {
  const auto for_each = [&](const auto& add) {
    for (const Cluster& cluster : clusters) {
      for (const auto& [name, count] : cluster.commands.by_command) {
        add(count, MetricLabels{{"cluster", cluster.name}, {"command", name}});
      }
    }
  };
  using Count = slurm::CommandCounts::Count;
  for_each([&](const Count& count, MetricLabels labels) {
    const char* const runs = "smonsvc_slurm_commands_total";
    const char* const help =
        "Slurm commands (or requests to slurmrestd), by whether they "
        "succeeded.";
    labels.push_back({"outcome", "ok"});
    families->Counter(runs, help, Number(count.calls - count.failures), labels);
    labels.back().value = "failed";
    families->Counter(runs, help, Number(count.failures), labels);
  });
  for_each([&](const Count& count, MetricLabels labels) {
    families->Histogram("smonsvc_slurm_command_duration_seconds",
                        "Duration of Slurm commands.", count.durations,
                        std::move(labels));
  });
}

// Of the clusters that are watched here, and of those whose logs were sent.
void CollectDeliveries(const std::vector<Cluster>& watched,
                       std::map<std::string, Submitter::Deliveries> clusters,
                       Families* families) {
  for (const Cluster& cluster : watched) clusters.try_emplace(cluster.name);
  const auto add = [&](const char* name, const char* help, const auto& count) {
    for (const auto& [cluster, sent] : clusters) {
      families->Counter(name, help, Number(count(sent)),
                        {{"cluster", cluster}});
    }
  };
  using Sent = Submitter::Deliveries;
  add("smonsvc_logs_submitted_total",
      "Logs sent to attrsvc for the first time.",
      [](const Sent& sent) { return sent.logs_submitted; });
  add("smonsvc_logs_accepted_total", "Logs that attrsvc took.",
      [](const Sent& sent) { return sent.logs_accepted; });
  add("smonsvc_logs_tracked_total",
      "Logs registered with attrsvc while their jobs ran.",
      [](const Sent& sent) { return sent.logs_tracked; });
  for (const auto& [cluster, sent] : clusters) {
    for (const Action action : kAllActions) {
      const auto it = sent.verdicts_by_action.find(action);
      families->Counter(
          "smonsvc_verdicts_total", "Verdicts stored, by what they advise.",
          it == sent.verdicts_by_action.end() ? 0 : Number(it->second),
          {{"cluster", cluster}, {"action", Name(action)}});
    }
  }
}

void CollectErrors(const Submitter::Totals& sent, Families* families) {
  const char* const errors = "smonsvc_attrsvc_errors_total";
  const char* const help =
      "Requests to attrsvc that failed, by kind: status 429, no answer, status "
      "5xx, another 4xx.";
  families->Counter(errors, help, Number(sent.rate_limited),
                    {{"kind", "rate_limited"}});
  families->Counter(errors, help, Number(sent.unavailable),
                    {{"kind", "unavailable"}});
  families->Counter(errors, help, Number(sent.server_errors),
                    {{"kind", "server_error"}});
  families->Counter(errors, help, Number(sent.client_errors),
                    {{"kind", "client_error"}});
}

void CollectLanes(const Monitor::Counters& counters, Families* families) {
  // Family by family, as the text format wants it.
  const auto for_each = [&](const auto& add) {
    for (const Submitter::LaneStats& lane : counters.lanes) {
      add(lane, MetricLabels{{"lane", lane.name}});
    }
  };
  for_each([&](const Submitter::LaneStats& lane, MetricLabels labels) {
    families->Counter("smonsvc_lane_requests_total", "Requests to attrsvc.",
                      Number(lane.requests), std::move(labels));
  });
  for_each([&](const Submitter::LaneStats& lane, MetricLabels labels) {
    families->Counter("smonsvc_lane_retries_total",
                      "Requests to attrsvc for a log that was tried before.",
                      Number(lane.retries), std::move(labels));
  });
  for_each([&](const Submitter::LaneStats& lane, MetricLabels labels) {
    families->Gauge("smonsvc_lane_in_flight_requests",
                    "Requests to attrsvc that wait for its answer.",
                    lane.in_flight, std::move(labels));
  });
  for_each([&](const Submitter::LaneStats& lane, MetricLabels labels) {
    families->Gauge("smonsvc_lane_rate_requests_per_second",
                    "Rate at which requests may go out now; 0 for no limit.",
                    lane.rate, std::move(labels));
  });
  for_each([&](const Submitter::LaneStats& lane, MetricLabels labels) {
    families->Gauge("smonsvc_lane_max_rate_requests_per_second",
                    "The same while attrsvc does not slow it down.",
                    lane.max_rate, std::move(labels));
  });
  families->Gauge("smonsvc_attrsvc_breaker_open",
                  "Whether attrsvc gets one request at a time only, for it "
                  "does not answer.",
                  counters.plans.breaker_open);
}

MetricLabels LabelsOf(const ComponentHealth::Snapshot& component) {
  if (component.cluster.empty()) return {{"component", component.name}};
  return {{"cluster", component.cluster}, {"component", component.name}};
}

void CollectHealth(const Monitor::Counters& counters, const Checks& liveness,
                   const Checks& readiness, Families* families) {
  for (const ComponentHealth::Snapshot& component : counters.components) {
    families->Gauge("smonsvc_component_healthy",
                    "Whether a part that the service depends on works.",
                    component.healthy, LabelsOf(component));
  }
  for (const ComponentHealth::Snapshot& component : counters.components) {
    families->Timestamp("smonsvc_component_last_success_timestamp_seconds",
                        "When it last worked.", component.last_success_at,
                        LabelsOf(component));
  }
  for (const Check& check : liveness) {
    families->Gauge(
        "smonsvc_loop_overdue",
        "Whether a loop of the process hangs, so that /livez fails.",
        !check.ok(), {{"loop", check.name}});
  }
  families->Gauge("smonsvc_ready", "Whether /readyz answers ok.",
                  AllHold(readiness));
}

void CollectReplicas(const Replicas& replicas,
                     const std::vector<ClusterWatch::Snapshot>& clusters,
                     Families* families) {
  const Replicas::Totals totals = replicas.totals();
  families->Gauge("smonsvc_replica_live",
                  "Replicas that share the store and are alive.",
                  Number(replicas.live()));
  for (const ClusterWatch::Snapshot& cluster : clusters) {
    families->Gauge("smonsvc_replica_is_poller",
                    "Whether this replica polls the cluster.", cluster.is_mine,
                    {{"cluster", cluster.name}});
  }
  families->Counter("smonsvc_replica_renewals_failed_total",
                    "Times that this replica could not say that it is alive.",
                    Number(totals.failed_renewals));
  families->Counter("smonsvc_replica_lost_total",
                    "Times that this replica was taken for dead.",
                    Number(totals.times_lost));
  families->Counter("smonsvc_replica_leases_taken_total",
                    "Times that this replica began to poll a cluster.",
                    Number(totals.leases_taken));
  families->Counter("smonsvc_replica_leases_left_total",
                    "Times that this replica left a cluster to the others, as "
                    "Slurm did not answer it.",
                    Number(totals.leases_left));
}

}  // namespace

std::vector<prometheus::MetricFamily> MonitorMetrics::Collect() const {
  const Monitor::Counters counters = monitor_->GetCounters();
  Families families;
  families.Gauge("smonsvc_build_info", "1; the version is in the label.", 1,
                 {{"version", version_}});
  CollectHealth(counters, monitor_->Liveness(), monitor_->Readiness(),
                &families);
  CollectReplicas(monitor_->replicas(), counters.clusters, &families);
  CollectPolls(counters.clusters, &families);
  CollectAccounting(counters.clusters, &families);
  CollectCommands(counters.clusters, &families);
  CollectDeliveries(counters.clusters, counters.sent.by_cluster, &families);
  CollectErrors(counters.sent, &families);
  CollectLanes(counters, &families);
  CollectStore(monitor_->store_probe(), counters.clusters, &families);
  return families.Take();
}

}  // namespace smon
