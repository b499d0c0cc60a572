#include "server/metrics/monitor_metrics.h"

#include "server/metrics/families.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

constexpr Action kAllActions[] = {Action::kStop,     Action::kRestart,
                                  Action::kContinue, Action::kUnknown,
                                  Action::kTimeout,  Action::kOther};

double Number(int64_t count) { return static_cast<double>(count); }

// Labels are the API's words.
std::string Name(Phase phase) {
  return v1::Delivery::Phase_Name(ToProto(phase));
}
std::string Name(Action action) {
  return v1::Verdict::Action_Name(ToProto(action));
}

// Each value of an enum of the API but the first, which stands for none.
std::vector<int> Values(const google::protobuf::EnumDescriptor* type) {
  std::vector<int> values;
  for (int i = 1; i < type->value_count(); ++i) {
    values.push_back(type->value(i)->number());
  }
  return values;
}

void CollectJobs(JobCounts counts, Families* families) {
  std::map<int, int64_t> by_state;
  for (const auto& [state, jobs] : counts.by_state) {
    by_state[ToProto(state)] += jobs;
  }
  // All of them, so that a rate or an alert does not wait for the first job.
  for (const int state : Values(v1::Job::State_descriptor())) {
    families->Gauge(
        "smonsvc_jobs", "Jobs in the store, by Slurm's state.",
        Number(by_state[state]),
        {{"state", v1::Job::State_Name(static_cast<v1::Job::State>(state))}});
  }
  for (const Phase phase : kAllPhases) {
    families->Gauge("smonsvc_deliveries",
                    "Jobs in the store, by how far the delivery of their log "
                    "has come.",
                    Number(counts.by_phase[phase]), {{"phase", Name(phase)}});
  }
  std::map<int, int64_t> by_problem;
  for (const auto& [problem, jobs] : counts.by_problem) {
    by_problem[ToProto(problem)] += jobs;
  }
  for (const int problem : Values(v1::Delivery::Problem_descriptor())) {
    families->Gauge(
        "smonsvc_delivery_problems",
        "Jobs in the store whose log had a problem, by its kind.",
        Number(by_problem[problem]),
        {{"problem", v1::Delivery::Problem_Name(
                         static_cast<v1::Delivery::Problem>(problem))}});
  }
}

void CollectStore(const StoreProbe& probe, Families* families) {
  const auto sample = probe.Latest();
  families->Gauge("smonsvc_store_readable",
                  "Whether the store could be read in the last seconds.",
                  sample.ok());
  if (!sample.ok()) return;
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

void CollectPolls(const Monitor::Counters& counters, Families* families) {
  const Poller::Totals& polls = counters.polls;
  const char* const polled = "smonsvc_polls_total";
  const char* const polled_help = "Polls of Slurm, by whether they succeeded.";
  families->Counter(polled, polled_help, Number(polls.polls),
                    {{"outcome", "ok"}});
  families->Counter(polled, polled_help, Number(polls.failed_polls),
                    {{"outcome", "failed"}});
  families->Histogram("smonsvc_poll_duration_seconds",
                      "Duration of polls, failed ones too.", polls.durations);
  families->Gauge("smonsvc_poll_interval_seconds",
                  "Time between polls; stretched while Slurm is slow.",
                  absl::ToDoubleSeconds(polls.interval));
  families->Timestamp("smonsvc_last_successful_poll_timestamp_seconds",
                      "When the last successful poll began.",
                      polls.last_success);
  families->Counter("smonsvc_jobs_found_total", "Jobs seen for the first time.",
                    Number(polls.jobs));
  families->Counter("smonsvc_slurm_malformed_records_total",
                    "Records of Slurm that could not be read.",
                    Number(polls.malformed_records));
  families->Gauge("smonsvc_slurm_skipped_summaries",
                  "Array summaries in the last queue, which are no jobs.",
                  Number(polls.skipped_summaries));
  const char* const removed = "smonsvc_jobs_removed_total";
  const char* const removed_help = "Jobs removed from the store, by the rule.";
  families->Counter(removed, removed_help, Number(polls.removed.by_age),
                    {{"rule", "age"}});
  families->Counter(removed, removed_help, Number(polls.removed.by_count),
                    {{"rule", "count"}});
}

void CollectAccounting(const Monitor::Counters& counters, Families* families) {
  if (!counters.has_accounting) return;
  const Poller::Totals& polls = counters.polls;
  families->Timestamp("smonsvc_accounting_watermark_timestamp_seconds",
                      "Accounting has been read up to here.", polls.watermark);
  const Poller::Coverage& coverage = polls.coverage;
  families->Counter("smonsvc_coverage_back_filled_jobs_total",
                    "Jobs that had been missed and were found by a check.",
                    Number(coverage.back_filled));
  if (coverage.checked == absl::InfinitePast()) return;
  families->Timestamp("smonsvc_coverage_check_timestamp_seconds",
                      "When it was last checked that all jobs that ended are "
                      "known.",
                      coverage.checked);
  families->Gauge("smonsvc_coverage_ended_jobs",
                  "Jobs that ended in the last day, by accounting.",
                  Number(coverage.ended));
  families->Gauge("smonsvc_coverage_missing_jobs",
                  "Of these, jobs that are not known. 0 when all is well.",
                  Number(coverage.missing));
}

void CollectCommands(const slurm::CommandCounts& commands, Families* families) {
  for (const auto& [name, count] : commands.by_command) {
    const char* const runs = "smonsvc_slurm_commands_total";
    const char* const help =
        "Slurm commands (or requests to slurmrestd), by whether they "
        "succeeded.";
    families->Counter(runs, help, Number(count.calls - count.failures),
                      {{"command", name}, {"outcome", "ok"}});
    families->Counter(runs, help, Number(count.failures),
                      {{"command", name}, {"outcome", "failed"}});
  }
  for (const auto& [name, count] : commands.by_command) {
    families->Histogram("smonsvc_slurm_command_duration_seconds",
                        "Duration of Slurm commands.", count.durations,
                        {{"command", name}});
  }
}

void CollectSubmitter(const Submitter::Totals& sent, Families* families) {
  families->Counter("smonsvc_logs_submitted_total",
                    "Logs sent to attrsvc for the first time.",
                    Number(sent.logs_submitted));
  families->Counter("smonsvc_logs_accepted_total", "Logs that attrsvc took.",
                    Number(sent.logs_accepted));
  families->Counter("smonsvc_logs_tracked_total",
                    "Logs registered with attrsvc while their jobs ran.",
                    Number(sent.logs_tracked));
  for (const Action action : kAllActions) {
    const auto it = sent.verdicts_by_action.find(action);
    families->Counter(
        "smonsvc_verdicts_total", "Verdicts stored, by what they advise.",
        it == sent.verdicts_by_action.end() ? 0 : Number(it->second),
        {{"action", Name(action)}});
  }
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

void CollectHealth(const Monitor::Counters& counters, const Checks& liveness,
                   const Checks& readiness, Families* families) {
  for (const ComponentHealth::Snapshot& component : counters.components) {
    families->Gauge("smonsvc_component_healthy",
                    "Whether a part that the service depends on works.",
                    component.healthy, {{"component", component.name}});
  }
  for (const ComponentHealth::Snapshot& component : counters.components) {
    families->Timestamp("smonsvc_component_last_success_timestamp_seconds",
                        "When it last worked.", component.last_success_at,
                        {{"component", component.name}});
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

}  // namespace

std::vector<prometheus::MetricFamily> MonitorMetrics::Collect() const {
  const Monitor::Counters counters = monitor_->GetCounters();
  Families families;
  families.Gauge("smonsvc_build_info", "1; the version is in the label.", 1,
                 {{"version", version_}});
  CollectHealth(counters, monitor_->Liveness(), monitor_->Readiness(),
                &families);
  CollectPolls(counters, &families);
  CollectAccounting(counters, &families);
  CollectCommands(counters.commands, &families);
  CollectSubmitter(counters.sent, &families);
  CollectLanes(counters, &families);
  CollectStore(monitor_->store_probe(), &families);
  return families.Take();
}

}  // namespace smon
