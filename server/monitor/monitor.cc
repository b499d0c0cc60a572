#include "server/monitor/monitor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

void AddComponent(const ComponentHealth::Snapshot& from, v1::Health* health) {
  v1::Health::Component* to = health->add_components();
  to->set_name(from.name);
  to->set_status(from.healthy ? v1::Health::OK : v1::Health::DEGRADED);
  *to->mutable_since_time() = ToProto(from.since);
  to->set_last_error(from.last_error);
  if (from.last_error_at != absl::InfinitePast()) {
    *to->mutable_last_error_time() = ToProto(from.last_error_at);
  }
  if (from.last_success_at != absl::InfinitePast()) {
    *to->mutable_last_success_time() = ToProto(from.last_success_at);
  }
}

void SetSlurmStats(const slurm::CommandCounts& counts,
                   v1::Stats::Slurm* stats) {
  const auto count = [&counts](const char* command) {
    const auto it = counts.by_command.find(command);
    return it == counts.by_command.end() ? slurm::CommandCounts::Count()
                                         : it->second;
  };
  stats->set_squeue_calls(count("squeue").calls);
  stats->set_squeue_failures(count("squeue").failures);
  stats->set_sacct_calls(count("sacct").calls);
  stats->set_sacct_failures(count("sacct").failures);
  stats->set_scontrol_calls(count("scontrol").calls);
  stats->set_scontrol_failures(count("scontrol").failures);
  stats->set_sinfo_calls(count("sinfo").calls);
  stats->set_sinfo_failures(count("sinfo").failures);
}

void SetJobStats(JobCounts counts, v1::Stats* stats) {
  v1::Stats::Jobs* jobs = stats->mutable_jobs();
  jobs->set_total(counts.total);
  jobs->set_running(counts.total - counts.ended);
  jobs->set_terminal(counts.ended);
  jobs->set_has_output_path(counts.with_log_path);
  jobs->set_logs_submitted(counts.submitted);
  jobs->set_logs_post_success(counts.accepted);
  jobs->set_results_fetched(counts.with_verdict);
  for (const Phase phase : kAllPhases) {
    v1::Stats::PhaseCount* entry = stats->add_phases();
    entry->set_phase(ToProto(phase));
    entry->set_jobs(counts.by_phase[phase]);
  }
  for (const auto& [state, number] : counts.by_state) {
    v1::Stats::StateCount* entry = stats->add_states();
    entry->set_state(ToProto(state));
    entry->set_jobs(number);
  }
  v1::Stats::PathErrors* errors = stats->mutable_path_errors();
  errors->set_permission_denied(
      counts.by_problem[PathProblem::kPermissionDenied]);
  errors->set_not_found(counts.by_problem[PathProblem::kNotFound]);
  errors->set_file_empty(counts.by_problem[PathProblem::kFileEmpty]);
  errors->set_unexpanded_patterns(
      counts.by_problem[PathProblem::kUnexpandedPattern]);
  errors->set_other(counts.by_problem[PathProblem::kOther]);
}

}  // namespace

Monitor::Monitor(slurm::SlurmClient* slurm, AttrsvcClient* attrsvc,
                 Store* store, const Clock* clock, Options options)
    : slurm_(slurm),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      started_at_(clock->Now()),
      slurm_health_("slurm", clock),
      accounting_health_("accounting", clock),
      attrsvc_health_("attrsvc", clock),
      store_health_("store", clock),
      submitter_(store, attrsvc, clock, SystemRandom(), &attrsvc_health_,
                 &store_health_, options_.submitter),
      poller_(
          slurm, store, clock,
          {&slurm_health_, &accounting_health_, &store_health_},
          [this] { submitter_.Wake(); }, options_.poller) {}

absl::Status Monitor::Start() {
  SMON_RETURN_IF_ERROR(poller_.Load());
  submitter_.Start();
  poller_.Start();
  return absl::OkStatus();
}

void Monitor::Stop(absl::Duration grace) {
  poller_.Stop();
  submitter_.Stop(grace);
}

v1::Health Monitor::GetHealth() const {
  v1::Health health;
  const auto slurm = slurm_health_.Get();
  const auto accounting = accounting_health_.Get();
  const auto attrsvc = attrsvc_health_.Get();
  const auto store = store_health_.Get();
  AddComponent(slurm, &health);
  if (options_.poller.has_accounting) AddComponent(accounting, &health);
  AddComponent(attrsvc, &health);
  AddComponent(store, &health);
  if (!slurm.healthy) {
    health.add_issues(absl::StrFormat("squeue_failure_rate=%.1f%%",
                                      100 * slurm.failure_rate));
  }
  if (!accounting.healthy) health.add_issues("accounting_unavailable");
  if (!attrsvc.healthy) health.add_issues("attrsvc_unreachable");
  if (!store.healthy) health.add_issues("store_unavailable");
  health.set_status(health.issues().empty() ? v1::Health::OK
                                            : v1::Health::DEGRADED);
  health.set_version(options_.version);
  *health.mutable_start_time() = ToProto(started_at_);
  v1::Stats::Slurm calls;
  SetSlurmStats(slurm_->Counts(), &calls);
  health.set_squeue_calls(calls.squeue_calls());
  health.set_squeue_failures(calls.squeue_failures());
  return health;
}

absl::StatusOr<v1::Stats> Monitor::GetStats() const {
  v1::Stats stats;
  SMON_ASSIGN_OR_RETURN(JobCounts counts, store_->CountJobs());
  SetJobStats(std::move(counts), &stats);

  const Poller::Totals polls = poller_.totals();
  const Submitter::Totals sent = submitter_.totals();
  v1::Stats::JobTotals* totals = stats.mutable_job_totals();
  totals->set_total(polls.jobs);
  totals->set_has_output_path(polls.with_log_path);
  totals->set_logs_submitted(sent.logs_submitted);
  totals->set_logs_post_success(sent.logs_accepted);
  totals->set_results_fetched(sent.verdicts);

  SetSlurmStats(slurm_->Counts(), stats.mutable_slurm());
  stats.mutable_slurm()->set_skipped_summaries(polls.skipped_summaries);
  stats.mutable_slurm()->set_malformed_records(polls.malformed_records);

  v1::Stats::HttpErrors* http = stats.mutable_http_errors();
  http->set_rate_limited(sent.rate_limited);
  http->set_unavailable(sent.unavailable);
  http->set_server_errors(sent.server_errors);
  http->set_client_errors(sent.client_errors);

  v1::Stats::Polls* poll = stats.mutable_polls();
  poll->set_completed(polls.polls);
  poll->set_failed(polls.failed_polls);
  if (polls.last_success != absl::InfinitePast()) {
    *poll->mutable_last_success_time() = ToProto(polls.last_success);
  }
  if (polls.watermark != absl::InfinitePast()) {
    *poll->mutable_accounting_watermark() = ToProto(polls.watermark);
  }
  poll->set_last_duration_seconds(absl::ToDoubleSeconds(polls.last_duration));

  for (const Submitter::LaneStats& from : submitter_.lanes()) {
    v1::Stats::Lane* lane = stats.add_lanes();
    lane->set_name(from.name);
    lane->set_current_rate(from.rate);
    lane->set_max_rate(from.max_rate);
    lane->set_in_flight(from.in_flight);
    lane->set_requests(from.requests);
    lane->set_retries(from.retries);
  }
  return stats;
}

absl::StatusOr<Job> Monitor::Resubmit(const Job& job, const std::string& why) {
  SMON_ASSIGN_OR_RETURN(Job now, store_->Resubmit(job.id, clock_->Now(), why));
  submitter_.Wake();
  return now;
}

}  // namespace smon
