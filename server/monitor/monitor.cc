#include "server/monitor/monitor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "server/monitor/health_convert.h"
#include "server/monitor/proto_convert.h"
#include "server/monitor/stats_convert.h"
#include "slurm/job_id.h"

namespace smon {
namespace {

// As the Python service called it, where it did.
std::string IssueOf(const ComponentHealth::Snapshot& component) {
  if (component.name == "slurm") {
    return absl::StrFormat("squeue_failure_rate=%.1f%%",
                           100 * component.failure_rate);
  }
  if (component.name == "attrsvc") return "attrsvc_unreachable";
  return absl::StrCat(component.name, "_unavailable");
}

// Where there are several clusters, which one it is about.
std::string IssueOf(const ComponentHealth::Snapshot& component,
                    size_t clusters) {
  const std::string issue = IssueOf(component);
  if (clusters < 2 || component.cluster.empty()) return issue;
  return absl::StrCat(issue, " cluster=", component.cluster);
}

Check LoopCheck(const std::string& name, const Heartbeat& heartbeat) {
  const absl::Duration overdue = heartbeat.Overdue();
  if (overdue == absl::ZeroDuration()) return {name, ""};
  return {name, absl::StrCat("overdue for ", absl::FormatDuration(absl::Trunc(
                                                 overdue, absl::Seconds(1))))};
}

std::string Names(const std::vector<std::unique_ptr<ClusterWatch>>& watches) {
  return absl::StrJoin(watches, ", ", [](std::string* out, const auto& watch) {
    out->append(watch->name());
  });
}

}  // namespace

Monitor::Monitor(std::vector<ClusterSource> clusters, AttrsvcClient* attrsvc,
                 Store* store, const Clock* clock, Options options)
    : attrsvc_(attrsvc),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      started_at_(clock->Now()),
      attrsvc_health_("attrsvc", clock),
      store_health_("store", clock),
      integrity_check_(store, &store_health_),
      store_probe_(store, clock),
      cluster_notes_(store, [this] { return GetClusters(); }),
      attrsvc_stats_(attrsvc),
      submitter_(store, attrsvc, clock, SystemRandom(), &attrsvc_health_,
                 &store_health_, options_.submitter) {
  for (ClusterSource& cluster : clusters) {
    watches_.push_back(std::make_unique<ClusterWatch>(
        std::move(cluster), store, clock, &store_health_,
        [this] { submitter_.Wake(); }, options_.poller));
  }
  ListenToReplicas();
}

Monitor::~Monitor() { store_->replicas()->Stop(); }

void Monitor::ListenToReplicas() {
  Replicas::Listener listener;
  listener.on_roles = [this] {
    for (const auto& watch : watches_) watch->RolesChanged();
    submitter_.Wake();
  };
  listener.on_jobs = [this] { submitter_.Wake(); };
  // A replica that neither polls nor has anything to send writes nothing else.
  listener.on_renewal = [this](const absl::Status& status) {
    if (!status.ok() || !store_health_.Get().healthy) {
      store_health_.Report(status);
    }
  };
  listener.on_notice = [this](const std::string& cluster,
                              const std::string& job_id) {
    ClusterWatch* const watch = Find(cluster);
    const absl::StatusOr<slurm::JobId> id = slurm::ParseJobId(job_id);
    if (watch != nullptr && id.ok()) watch->Notify(*id);
  };
  store_->replicas()->SetListener(std::move(listener));
}

absl::Status Monitor::JoinReplicas() {
  Replica self;
  self.name = options_.replica_name;
  self.address = options_.replica_address;
  self.version = options_.version;
  std::vector<std::string> clusters;
  for (const auto& watch : watches_) clusters.push_back(watch->name());
  return store_->replicas()->Start(self, clusters);
}

absl::Status Monitor::Start() {
  SMON_RETURN_IF_ERROR(JoinReplicas());
  for (const auto& watch : watches_) SMON_RETURN_IF_ERROR(watch->Load());
  store_probe_.Start();
  submitter_.Start();
  for (const auto& watch : watches_) watch->Start();
  cluster_notes_.Start();
  integrity_check_.Start();
  return absl::OkStatus();
}

void Monitor::Stop(absl::Duration grace) {
  integrity_check_.Stop();
  cluster_notes_.Stop();
  for (const auto& watch : watches_) watch->Stop();
  submitter_.Stop(grace);
  store_->replicas()->Stop();
  store_probe_.Stop();
}

void Monitor::Change(const Options& options) {
  submitter_.Change(options.submitter);
  for (const auto& watch : watches_) watch->Change(options.poller);
}

std::string Monitor::LoopName(const ClusterWatch& watch) const {
  if (watches_.size() == 1) return "poller";
  return absl::StrCat("poller/", watch.name());
}

Checks Monitor::Liveness() const {
  Checks checks;
  for (const auto& watch : watches_) {
    checks.push_back(LoopCheck(LoopName(*watch), watch->heartbeat()));
  }
  checks.push_back(LoopCheck("submitter", submitter_.heartbeat()));
  checks.push_back(LoopCheck("attrsvc_client", submitter_.answers()));
  return checks;
}

Checks Monitor::Readiness() const {
  Checks checks = Liveness();
  checks.push_back(
      {"store", store_probe_.Latest().ok() ? "" : "cannot be read"});
  // A cluster that hangs does not keep the others' jobs from being shown.
  const bool polled =
      std::any_of(watches_.begin(), watches_.end(), [](const auto& watch) {
        const ClusterWatch::Snapshot cluster = watch->Get();
        return cluster.polls.polls + cluster.polls.failed_polls > 0 ||
               !cluster.is_mine;
      });
  checks.push_back({"first_poll", polled ? "" : "not done yet"});
  return checks;
}

std::vector<ClusterWatch::Snapshot> Monitor::GetClusters() const {
  std::vector<ClusterWatch::Snapshot> clusters;
  for (const auto& watch : watches_) clusters.push_back(watch->Get());
  return clusters;
}

std::vector<ComponentHealth::Snapshot> Monitor::Components(
    const std::vector<ClusterWatch::Snapshot>& clusters) const {
  std::vector<ComponentHealth::Snapshot> components;
  for (const ClusterWatch::Snapshot& cluster : clusters) {
    components.push_back(cluster.slurm);
    if (cluster.accounting.has_value()) {
      components.push_back(*cluster.accounting);
    }
  }
  components.push_back(attrsvc_health_.Get());
  components.push_back(store_health_.Get());
  // It may be readable where nothing can be written, and the other way round.
  ComponentHealth::Snapshot reading = store_probe_.health();
  if (components.back().healthy && !reading.healthy) {
    reading.name = "store";
    components.back() = std::move(reading);
  }
  const absl::Status role = store_->replicas()->status();
  if (components.back().healthy && !role.ok()) {
    components.back().healthy = false;
    components.back().last_error = std::string(role.message());
    components.back().last_error_at = clock_->Now();
  }
  return components;
}

Monitor::Counters Monitor::GetCounters() const {
  Counters counters;
  counters.clusters = GetClusters();
  counters.sent = submitter_.totals();
  counters.lanes = submitter_.lanes();
  counters.plans = submitter_.plans();
  counters.components = Components(counters.clusters);
  return counters;
}

v1::Health Monitor::GetHealth() const {
  v1::Health health;
  const std::vector<ClusterWatch::Snapshot> clusters = GetClusters();
  const Submitter::Plans plans = submitter_.plans();
  for (const ComponentHealth::Snapshot& component : Components(clusters)) {
    absl::Time next = absl::InfiniteFuture();
    for (const ClusterWatch::Snapshot& cluster : clusters) {
      if (component.cluster.empty() || component.cluster == cluster.name) {
        next = std::min(next, cluster.polls.next_poll);
      }
    }
    if (component.name == "attrsvc") next = plans.next_contact;
    if (component.name == "store") next = std::min(next, plans.next_commit);
    *health.add_components() = ToProto(component, next);
    if (!component.healthy) {
      health.add_issues(IssueOf(component, clusters.size()));
    }
  }
  health.set_status(health.issues().empty() ? v1::Health::OK
                                            : v1::Health::DEGRADED);
  health.set_version(options_.version);
  *health.mutable_start_time() = ToProto(started_at_);
  const slurm::CommandCounts::Count squeue =
      SumOfCommands(clusters).by_command["squeue"];
  health.set_squeue_calls(squeue.calls);
  health.set_squeue_failures(squeue.failures);
  return health;
}

absl::StatusOr<v1::Stats> Monitor::GetStats() const {
  v1::Stats stats;
  SMON_ASSIGN_OR_RETURN(JobCounts counts, store_->CountJobs());
  SetJobStats(std::move(counts), &stats);

  const std::vector<ClusterWatch::Snapshot> clusters = GetClusters();
  const Poller::Totals polls = SumOfPolls(clusters);
  const Submitter::Totals sent = submitter_.totals();
  v1::Stats::JobTotals* totals = stats.mutable_job_totals();
  totals->set_total(polls.jobs);
  totals->set_has_output_path(polls.with_log_path);
  totals->set_logs_submitted(sent.logs_submitted);
  totals->set_logs_post_success(sent.logs_accepted);
  totals->set_results_fetched(sent.verdicts);
  totals->set_logs_tracked(sent.logs_tracked);

  SetSlurmStats(SumOfCommands(clusters), polls, stats.mutable_slurm());
  v1::Stats::HttpErrors* http = stats.mutable_http_errors();
  http->set_rate_limited(sent.rate_limited);
  http->set_unavailable(sent.unavailable);
  http->set_server_errors(sent.server_errors);
  http->set_client_errors(sent.client_errors);

  SetPollStats(polls, stats.mutable_polls());
  SetNotificationStats(polls.notices, stats.mutable_notifications());
  stats.mutable_retention()->set_removed_by_age(polls.removed.by_age);
  stats.mutable_retention()->set_removed_by_count(polls.removed.by_count);
  if (std::any_of(clusters.begin(), clusters.end(), [](const auto& cluster) {
        return cluster.accounting.has_value();
      })) {
    SetCoverage(polls.coverage, stats.mutable_coverage());
  }

  for (const Submitter::LaneStats& from : submitter_.lanes()) {
    v1::Stats::Lane* lane = stats.add_lanes();
    lane->set_name(from.name);
    lane->set_current_rate(from.rate);
    lane->set_max_rate(from.max_rate);
    lane->set_in_flight(from.in_flight);
    lane->set_requests(from.requests);
    lane->set_retries(from.retries);
  }
  stats.set_first_question_seconds(
      absl::ToDoubleSeconds(submitter_.analysis_time()));
  return stats;
}

absl::StatusOr<ResubmitResult> Monitor::Resubmit(int64_t job,
                                                 ResubmitOrder order) {
  order.now = clock_->Now();
  SMON_ASSIGN_OR_RETURN(ResubmitResult result, store_->Resubmit(job, order));
  submitter_.Wake();
  return result;
}

ClusterWatch* Monitor::Find(const std::string& cluster) const {
  for (const auto& watch : watches_) {
    if (cluster.empty() || watch->name() == cluster) return watch.get();
  }
  return nullptr;
}

absl::StatusOr<slurm::ClusterInfo> Monitor::ReadClusterInfo(
    const std::string& cluster) const {
  const ClusterWatch* const watch = Find(cluster);
  if (watch == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("cluster: this smonsvc watches ", Names(watches_)));
  }
  return watch->ReadClusterInfo();
}

bool Monitor::IsPolledByAnother(const std::string& cluster) const {
  const auto replicas = store_->replicas()->List();
  if (!replicas.ok()) return false;
  return std::any_of(
      replicas->begin(), replicas->end(), [&cluster](const Replica& replica) {
        const std::vector<std::string>& polled = replica.polled_clusters;
        return std::find(polled.begin(), polled.end(), cluster) != polled.end();
      });
}

absl::Status Monitor::Notify(const std::string& cluster,
                             const std::string& job_id) {
  const ClusterWatch* const watch = Find(cluster);
  if (watch == nullptr && !IsPolledByAnother(cluster)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cluster: this smonsvc watches ", Names(watches_),
                     "; leave it out, or notify the one that watches yours"));
  }
  const absl::StatusOr<slurm::JobId> id = slurm::ParseJobId(job_id);
  if (!id.ok() || id->is_summary) {
    return absl::InvalidArgumentError(
        "job_id: give one job as Slurm displays it (123, 123_4, 123+1), or its "
        "raw id (SLURM_JOB_ID)");
  }
  return store_->replicas()->Notify(watch == nullptr ? cluster : watch->name(),
                                    job_id);
}

absl::StatusOr<ResubmitReport> Monitor::ResubmitAll(
    const JobFilter& filter, int64_t max_jobs, ResubmitOrder order,
    const std::function<bool()>& stop) {
  order.now = clock_->Now();
  SMON_ASSIGN_OR_RETURN(ResubmitReport report,
                        store_->StartResubmission(filter, max_jobs, order));
  absl::Status status;
  while (report.left > 0 && status.ok()) {
    if (stop()) {
      status = absl::CancelledError("stopped");
      break;
    }
    absl::StatusOr<ResubmitReport> next = store_->ContinueResubmission(order);
    status = next.status();
    if (next.ok()) report = *std::move(next);
  }
  // Once, also for what was done before an error.
  if (!report.repeated) submitter_.Wake();
  if (status.ok()) return report;
  return Annotate(status, absl::StrCat(report.left,
                                       " of the jobs are left, to be done by a "
                                       "repeat with request_id ",
                                       order.request_id));
}

}  // namespace smon
