#include "server/store/job_row.h"

#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_replace.h"
#include "common/utf8.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

using slurm::LogPathProblem;
using slurm::LogPathSource;

// The names in the database. Never rename one.
struct SourceName {
  LogPathSource source;
  const char* name;
};
constexpr SourceName kSourceNames[] = {
    {LogPathSource::kNone, ""},
    {LogPathSource::kSqueue, "squeue"},
    {LogPathSource::kSacct, "sacct"},
    {LogPathSource::kSubmitLine, "submit_line"},
    {LogPathSource::kBatchScript, "batch_script"},
    {LogPathSource::kDefault, "default"},
};

struct ProblemName {
  LogPathProblem problem;
  const char* name;
};
constexpr ProblemName kProblemNames[] = {
    {LogPathProblem::kNoProblem, ""},
    {LogPathProblem::kNoLog, "no_log"},
    {LogPathProblem::kUnresolved, "unresolved"},
};

std::string NameOf(LogPathSource source) {
  for (const SourceName& entry : kSourceNames) {
    if (entry.source == source) return entry.name;
  }
  return "";
}

std::string NameOf(LogPathProblem problem) {
  for (const ProblemName& entry : kProblemNames) {
    if (entry.problem == problem) return entry.name;
  }
  return "";
}

LogPathSource SourceOf(const std::string& name) {
  for (const SourceName& entry : kSourceNames) {
    if (name == entry.name) return entry.source;
  }
  return LogPathSource::kNone;
}

LogPathProblem ProblemOf(const std::string& name) {
  for (const ProblemName& entry : kProblemNames) {
    if (name == entry.name) return entry.problem;
  }
  return LogPathProblem::kNoProblem;
}

// ASCII without NUL, as almost all text is; looked at 8 bytes at a time.
bool IsPlain(absl::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = 0x80 * kOnes;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + i, sizeof(bytes));
    // The subtraction borrows, and so sets a high bit, if there is a zero byte.
    if (((bytes | (bytes - kOnes)) & kHighBits) != 0) return false;
  }
  for (; i < text.size(); ++i) {
    if (static_cast<signed char>(text[i]) <= 0) return false;
  }
  return true;
}

OptionalInt Some(int64_t value) { return {value, soci::i_ok}; }

template <typename T>
OptionalInt ToColumn(const std::optional<T>& value) {
  return value.has_value() ? Some(*value) : OptionalInt();
}

OptionalInt ToColumn(const std::optional<absl::Time>& time) {
  return time.has_value() ? Some(ToMicros(*time)) : OptionalInt();
}

template <typename T>
std::optional<T> FromColumn(const OptionalInt& column) {
  if (!column.has_value()) return std::nullopt;
  return static_cast<T>(column.value);
}

std::optional<absl::Time> TimeFromColumn(const OptionalInt& column) {
  if (!column.has_value()) return std::nullopt;
  return FromMicros(column.value);
}

slurm::JobRecord ToRecord(JobRow* row) {
  slurm::JobRecord record;
  record.job_id = std::move(row->job_id);
  record.raw_id = row->raw_id;
  record.array_job_id = row->array_job_id;
  record.array_task_id = FromColumn<int64_t>(row->array_task_id);
  record.het_job_id = row->het_job_id;
  record.het_offset = FromColumn<int32_t>(row->het_offset);
  record.restart_count = FromColumn<int32_t>(row->restart_count);
  record.state = StateFromName(row->state);
  record.state_text = std::move(row->state_text);
  if (row->exit_code.has_value()) {
    record.exit_status =
        slurm::ExitStatus{static_cast<int32_t>(row->exit_code.value),
                          static_cast<int32_t>(row->exit_signal.value)};
  }
  record.reason = std::move(row->reason);
  record.submit_time = FromMicros(row->submit_time);
  record.start_time = TimeFromColumn(row->start_time);
  record.end_time = TimeFromColumn(row->end_time);
  record.name = std::move(row->name);
  record.user = std::move(row->user_name);
  record.partition = std::move(row->partition_name);
  record.work_dir = std::move(row->work_dir);
  record.is_batch = FromColumn<bool>(row->is_batch);
  record.batch_host = std::move(row->batch_host);
  record.stdout_pattern = std::move(row->stdout_pattern);
  record.submit_line = std::move(row->submit_line);
  return record;
}

Delivery ToDelivery(const JobRow& row) {
  Delivery delivery;
  delivery.phase = static_cast<Phase>(row.phase);
  delivery.problem = static_cast<PathProblem>(row.problem);
  delivery.submit_attempts = static_cast<int32_t>(row.submit_attempts);
  delivery.result_attempts = static_cast<int32_t>(row.result_attempts);
  delivery.next_attempt = FromMicros(row.next_attempt);
  delivery.pending_since = FromMicros(row.pending_since);
  delivery.submitted_at = FromMicros(row.submitted_at);
  delivery.error = row.error;
  delivery.resubmit_count = static_cast<int32_t>(row.resubmit_count);
  delivery.urgent = row.urgent != 0;
  return delivery;
}

Tracking ToTracking(const JobRow& row) {
  return {FromMicros(row.track_at), static_cast<int32_t>(row.track_attempts)};
}

Verdict ToVerdict(const JobRow& row) {
  Verdict verdict;
  verdict.action = static_cast<Action>(row.action);
  verdict.action_text = row.action_text;
  verdict.reason = row.verdict_reason;
  verdict.source = row.verdict_source;
  verdict.mode = row.verdict_mode;
  verdict.fetched_at = FromMicros(row.fetched_at);
  return verdict;
}

// Text that Slurm's users chose, so that the very bytes can be had again.
std::string BytesToColumn(absl::string_view bytes) {
  // Without a backslash, ToText does it, and faster.
  const bool plain = bytes.find('\\') == absl::string_view::npos;
  return ToText(plain ? bytes : BytesToText(bytes));
}

// Undoes BytesToColumn.
void RestoreBytes(slurm::JobRecord* record) {
  for (std::string* text :
       {&record->state_text, &record->reason, &record->name, &record->user,
        &record->partition, &record->work_dir, &record->batch_host,
        &record->stdout_pattern, &record->submit_line}) {
    if (text->find('\\') != std::string::npos) *text = TextToBytes(*text);
  }
}

void SetRecord(const slurm::JobRecord& record, JobRow* row) {
  row->job_id = ToText(record.job_id);
  row->raw_id = record.raw_id;
  row->array_job_id = record.array_job_id;
  row->array_task_id = ToColumn(record.array_task_id);
  row->het_job_id = record.het_job_id;
  row->het_offset = ToColumn(record.het_offset);
  row->restart_count = ToColumn(record.restart_count);
  row->state = std::string(slurm::JobStateName(record.state));
  row->state_text = BytesToColumn(record.state_text);
  if (record.exit_status.has_value()) {
    row->exit_code = Some(record.exit_status->code);
    row->exit_signal = Some(record.exit_status->signal);
  }
  row->reason = BytesToColumn(record.reason);
  row->submit_time = ToMicros(record.submit_time);
  row->start_time = ToColumn(record.start_time);
  row->end_time = ToColumn(record.end_time);
  row->name = BytesToColumn(record.name);
  row->user_name = BytesToColumn(record.user);
  row->partition_name = BytesToColumn(record.partition);
  row->work_dir = BytesToColumn(record.work_dir);
  row->is_batch = ToColumn(record.is_batch);
  row->batch_host = BytesToColumn(record.batch_host);
  row->stdout_pattern = BytesToColumn(record.stdout_pattern);
  row->submit_line = BytesToColumn(record.submit_line);
}

}  // namespace

int64_t ToMicros(absl::Time time) {
  // Abseil maps the infinities to the extremes itself.
  return absl::ToUnixMicros(time);
}

absl::Time FromMicros(int64_t micros) {
  if (micros == kPastMicros) return absl::InfinitePast();
  if (micros == kFutureMicros) return absl::InfiniteFuture();
  return absl::FromUnixMicros(micros);
}

std::string ToText(absl::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string out = IsValidUtf8(text) ? std::string(text) : ToValidUtf8(text);
  if (out.find('\0') != std::string::npos) {
    out = absl::StrReplaceAll(out, {{absl::string_view("\0", 1), "\\x00"}});
  }
  return out;
}

slurm::JobState StateFromName(absl::string_view name) {
  // Not ParseJobState, which reads Slurm's words and so not our own FINISHED.
  for (const slurm::JobState state : slurm::AllJobStates()) {
    if (slurm::JobStateName(state) == name) return state;
  }
  return slurm::JobState::kOther;
}

JobRow ToRow(const Job& job) {
  JobRow row;
  row.id = job.id;
  row.cluster = ToText(job.cluster);
  SetRecord(job.record, &row);
  row.log_path = ToText(job.log.path);
  row.log_source = NameOf(job.log.source);
  row.log_problem = NameOf(job.log.problem);
  row.log_error = ToText(job.log.error);
  row.log_shared = job.log.shared_by_array ? 1 : 0;
  if (job.log_owner_id != 0) row.log_owner_id = Some(job.log_owner_id);
  SetDelivery(job.delivery, &row);
  SetTracking(job.tracking, &row);
  if (job.verdict.has_value()) SetVerdict(*job.verdict, &row);
  return row;
}

Job ToJob(JobRow row) {
  Job job;
  job.id = row.id;
  job.cluster = std::move(row.cluster);
  job.record = ToRecord(&row);
  job.log.path = std::move(row.log_path);
  job.log.source = SourceOf(row.log_source);
  job.log.problem = ProblemOf(row.log_problem);
  job.log.error = std::move(row.log_error);
  job.log.shared_by_array = row.log_shared != 0;
  if (row.log_owner_id.has_value()) job.log_owner_id = row.log_owner_id.value;
  job.log_owner_job_id = std::move(row.log_owner_job_id);
  job.delivery = ToDelivery(row);
  job.tracking = ToTracking(row);
  if (row.action != 0) job.verdict = ToVerdict(row);
  job.created_at = FromMicros(row.created_at);
  job.updated_at = FromMicros(row.updated_at);
  job.ended_at = FromMicros(row.end_sort);
  RestoreBytes(&job.record);
  return job;
}

void SetDelivery(const Delivery& delivery, JobRow* row) {
  row->phase = static_cast<int64_t>(delivery.phase);
  row->problem = static_cast<int64_t>(delivery.problem);
  row->submit_attempts = delivery.submit_attempts;
  row->result_attempts = delivery.result_attempts;
  row->next_attempt = ToMicros(delivery.next_attempt);
  row->pending_since = ToMicros(delivery.pending_since);
  row->submitted_at = ToMicros(delivery.submitted_at);
  row->error = ToText(delivery.error);
  row->resubmit_count = delivery.resubmit_count;
  row->urgent = delivery.urgent ? 1 : 0;
}

void SetTracking(const Tracking& tracking, JobRow* row) {
  row->track_at = ToMicros(tracking.next_attempt);
  row->track_attempts = tracking.attempts;
}

void SetVerdict(const Verdict& verdict, JobRow* row) {
  row->action = static_cast<int64_t>(verdict.action);
  row->action_text = ToText(verdict.action_text);
  row->verdict_reason = ToText(verdict.reason);
  row->verdict_source = ToText(verdict.source);
  row->verdict_mode = ToText(verdict.mode);
  row->fetched_at = ToMicros(verdict.fetched_at);
}

}  // namespace smon
