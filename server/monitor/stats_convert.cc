#include "server/monitor/stats_convert.h"

#include "server/monitor/proto_convert.h"

namespace smon {

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

void SetSlurmStats(const slurm::CommandCounts& counts,
                   const Poller::Totals& polls, v1::Stats::Slurm* stats) {
  for (const auto& [name, count] : counts.by_command) {
    v1::Stats::Command* command = stats->add_commands();
    command->set_name(name);
    command->set_calls(count.calls);
    command->set_failures(count.failures);
    command->set_total_seconds(absl::ToDoubleSeconds(count.total));
    command->set_longest_seconds(absl::ToDoubleSeconds(count.longest));
    command->set_last_seconds(absl::ToDoubleSeconds(count.last));
    if (name == "squeue") {
      stats->set_squeue_calls(count.calls);
      stats->set_squeue_failures(count.failures);
    } else if (name == "sacct") {
      stats->set_sacct_calls(count.calls);
      stats->set_sacct_failures(count.failures);
    } else if (name == "scontrol") {
      stats->set_scontrol_calls(count.calls);
      stats->set_scontrol_failures(count.failures);
    } else if (name == "sinfo") {
      stats->set_sinfo_calls(count.calls);
      stats->set_sinfo_failures(count.failures);
    }
  }
  stats->set_skipped_summaries(polls.skipped_summaries);
  stats->set_malformed_records(polls.malformed_records);
  for (const Quarantine::Entry& entry : polls.malformed) {
    v1::Stats::MalformedRecord* record = stats->add_malformed();
    record->set_command(entry.command);
    record->set_text(entry.text);
    record->set_error(entry.error);
    record->set_times(entry.times);
    *record->mutable_first_seen_time() = ToProto(entry.first_seen);
    *record->mutable_last_seen_time() = ToProto(entry.last_seen);
  }
}

void SetPollStats(const Poller::Totals& polls, v1::Stats::Polls* stats) {
  stats->set_completed(polls.polls);
  stats->set_failed(polls.failed_polls);
  if (polls.last_success != absl::InfinitePast()) {
    *stats->mutable_last_success_time() = ToProto(polls.last_success);
  }
  if (polls.watermark != absl::InfinitePast()) {
    *stats->mutable_accounting_watermark() = ToProto(polls.watermark);
  }
  stats->set_last_duration_seconds(absl::ToDoubleSeconds(polls.last_duration));
  stats->set_interval_seconds(absl::ToDoubleSeconds(polls.interval));
}

void SetNotificationStats(const Notices::Totals& totals,
                          v1::Stats::Notifications* stats) {
  stats->set_received(totals.received);
  stats->set_merged(totals.merged);
  stats->set_overflowed(totals.overflowed);
  stats->set_looks(totals.looks);
  stats->set_failed_looks(totals.failed_looks);
  stats->set_ended(totals.ended);
  stats->set_unknown(totals.unknown);
  stats->set_left_to_poll(totals.left_to_poll);
  stats->set_pending(totals.pending);
}

void SetCoverage(const Poller::Coverage& coverage, v1::Stats::Coverage* stats) {
  if (coverage.checked == absl::InfinitePast()) return;
  *stats->mutable_check_time() = ToProto(coverage.checked);
  *stats->mutable_window_start_time() = ToProto(coverage.since);
  stats->set_ended(coverage.ended);
  stats->set_missing(coverage.missing);
  stats->set_back_filled(coverage.back_filled);
}

}  // namespace smon
