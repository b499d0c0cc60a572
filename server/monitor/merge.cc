#include "server/monitor/merge.h"

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

using slurm::IsEnded;
using slurm::JobRecord;

absl::string_view SourceName(RecordSource source) {
  return source == RecordSource::kQueue ? "squeue" : "sacct";
}

// sacct shows an exit code of 128 and more without its 128, as if it had been a
// signal (seen on 22.05.8).
bool IsCutByAccounting(const slurm::ExitStatus& whole,
                       const slurm::ExitStatus& cut) {
  return whole.code >= 128 && cut.code == whole.code - 128 &&
         cut.signal == whole.signal;
}

void FillText(const std::string& said, bool replace, std::string* known) {
  if (!said.empty() && (replace || known->empty())) *known = said;
}

}  // namespace

std::string DescribeEnd(const JobRecord& record) {
  std::string text = record.state_text;
  if (record.exit_status.has_value()) {
    absl::StrAppend(&text, ", exit ", record.exit_status->code, ":",
                    record.exit_status->signal);
  }
  return text;
}

std::vector<std::string> MergeRecord(const JobRecord& said, RecordSource source,
                                     JobRecord* known) {
  const bool from_queue = source == RecordSource::kQueue;
  const bool had_ended = IsEnded(known->state);
  const std::string before = DescribeEnd(*known);

  if (from_queue) known->from_accounting = false;
  FillText(said.name, from_queue, &known->name);
  FillText(said.user, from_queue, &known->user);
  FillText(said.partition, from_queue, &known->partition);
  FillText(said.work_dir, from_queue, &known->work_dir);
  FillText(said.batch_host, from_queue, &known->batch_host);
  FillText(said.submit_line, false, &known->submit_line);
  if (from_queue || known->stdout_pattern.empty()) {
    if (!said.stdout_pattern.empty()) {
      known->stdout_pattern = said.stdout_pattern;
    }
  }
  if (said.is_batch.has_value()) known->is_batch = said.is_batch;
  known->output_failed |= said.output_failed;
  if (said.restart_count.has_value()) known->restart_count = said.restart_count;

  if (had_ended && !IsEnded(said.state)) return {};

  // The controller changes its mind about an exit status only when the state
  // changes with it; see the header about cancelled jobs.
  bool take_exit = said.exit_status.has_value();
  if (take_exit && known->exit_status.has_value()) {
    take_exit =
        from_queue
            ? !had_ended || said.state != known->state ||
                  IsCutByAccounting(*said.exit_status, *known->exit_status)
            : !IsCutByAccounting(*known->exit_status, *said.exit_status);
  }
  if (take_exit) known->exit_status = said.exit_status;
  known->state = said.state;
  known->state_text = said.state_text;
  if (from_queue) known->reason = said.reason;
  if (said.start_time.has_value()) known->start_time = said.start_time;
  if (said.end_time.has_value()) known->end_time = said.end_time;

  const std::string after = DescribeEnd(*known);
  if (after == before) return {};
  if (before.empty()) {
    return {absl::StrCat("seen by ", SourceName(source), ": ", after)};
  }
  if (said.state == slurm::JobState::kFinished) {
    return {absl::StrCat(before, " to ", after, ": it is in Slurm no more")};
  }
  if (said.state == slurm::JobState::kRequeued) {
    return {absl::StrCat(before, " to ", after, ": the job was requeued")};
  }
  return {absl::StrCat(before, had_ended ? " corrected to " : " to ", after,
                       " by ", SourceName(source))};
}

uint64_t Fingerprint(const JobRecord& r) {
  const auto exit = r.exit_status.value_or(slurm::ExitStatus{-1, -1});
  return absl::HashOf(r.state, r.state_text, exit.code, exit.signal, r.reason,
                      r.start_time.value_or(absl::InfinitePast()),
                      r.end_time.value_or(absl::InfinitePast()),
                      r.restart_count.value_or(-1), r.name, r.user, r.partition,
                      r.work_dir, r.batch_host, r.stdout_pattern,
                      r.submit_line);
}

}  // namespace smon
