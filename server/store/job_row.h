#ifndef SMON_SERVER_STORE_JOB_ROW_H_
#define SMON_SERVER_STORE_JOB_ROW_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/monitor/job.h"
#include "slurm/job_state.h"
#include "soci/soci.h"

namespace smon {

// A nullable integer column.
struct OptionalInt {
  int64_t value = 0;
  soci::indicator indicator = soci::i_null;

  bool has_value() const { return indicator == soci::i_ok; }
  friend bool operator==(const OptionalInt& a, const OptionalInt& b) {
    return a.has_value() == b.has_value() &&
           (!a.has_value() || a.value == b.value);
  }
  friend bool operator!=(const OptionalInt& a, const OptionalInt& b) {
    return !(a == b);
  }
};

// Columns hold times as microseconds since 1970 (UTC), rounded down, with the
// two infinities as the least and the greatest number.
constexpr int64_t kPastMicros = std::numeric_limits<int64_t>::min();
constexpr int64_t kFutureMicros = std::numeric_limits<int64_t>::max();
int64_t ToMicros(absl::Time time);
absl::Time FromMicros(int64_t micros);

// `text` as it is stored: valid UTF-8, and NUL (which PostgreSQL's text cannot
// hold) as \x00.
std::string ToText(absl::string_view text);

// The state by its name in the database, which is JobStateName's.
slurm::JobState StateFromName(absl::string_view name);

// Bits of JobRow::facts, what CountJobs counts.
constexpr int64_t kHasLogPath = 1;
constexpr int64_t kSent = 2;      // a request was ever sent
constexpr int64_t kAccepted = 4;  // attrsvc ever took the log
constexpr int64_t kHasVerdict = 8;

// A row of the table jobs: a Job in the types of SQL.
struct JobRow {
  int64_t id = 0;

  // What Slurm said.
  std::string cluster;
  std::string job_id;
  int64_t raw_id = 0;
  int64_t array_job_id = 0;
  OptionalInt array_task_id;
  int64_t het_job_id = 0;
  OptionalInt het_offset;
  OptionalInt restart_count;
  std::string state;  // its name: slurm::JobState is not numbered
  std::string state_text;
  OptionalInt exit_code;
  OptionalInt exit_signal;
  std::string reason;
  int64_t submit_time = kPastMicros;
  OptionalInt start_time;
  OptionalInt end_time;
  std::string name;
  std::string user_name;
  std::string partition_name;
  std::string work_dir;
  OptionalInt is_batch;
  std::string batch_host;
  std::string stdout_pattern;
  std::string submit_line;
  std::string log_path;
  std::string log_source;
  std::string log_problem;
  std::string log_error;
  int64_t log_shared = 0;

  OptionalInt log_owner_id;
  std::string log_owner_job_id;
  // When the job ended, for sorting: kFutureMicros while it has not, and when
  // that was first seen if Slurm does not know the time.
  int64_t end_sort = kFutureMicros;

  // Delivery.
  int64_t phase = 0;
  int64_t problem = 0;
  int64_t submit_attempts = 0;
  int64_t result_attempts = 0;
  int64_t next_attempt = kFutureMicros;
  int64_t pending_since = kPastMicros;
  int64_t submitted_at = kPastMicros;
  std::string error;
  int64_t resubmit_count = 0;
  int64_t urgent = 0;

  // Tracking.
  int64_t track_at = kFutureMicros;
  int64_t track_attempts = 0;

  // Verdict; action is 0 when there is none.
  int64_t action = 0;
  std::string action_text;
  std::string verdict_reason;
  std::string verdict_source;
  std::string verdict_mode;
  int64_t fetched_at = kPastMicros;

  int64_t facts = 0;
  // The first entry of the job's history, of the time created_at; empty when
  // the whole history is in its own table.
  std::string first_seen;
  int64_t created_at = kPastMicros;
  int64_t updated_at = kPastMicros;
  // The number of the last change, greater than that of any change before; 0
  // for a job that is as it came.
  int64_t change = 0;

  bool ended() const { return end_sort != kFutureMicros; }
  bool is_tracked() const {
    return track_attempts != 0 || track_at != kFutureMicros;
  }
  bool has_own_log() const { return !log_owner_id.has_value(); }
};

// The job's row, without what the Store decides: end_sort, log_owner_job_id,
// facts, first_seen, created_at, updated_at and change.
JobRow ToRow(const Job& job);
// A row that is moved from can be read into again.
Job ToJob(JobRow row);

// Replaces the columns that a Delivery, a Tracking or a Verdict fills.
void SetDelivery(const Delivery& delivery, JobRow* row);
void SetTracking(const Tracking& tracking, JobRow* row);
void SetVerdict(const Verdict& verdict, JobRow* row);

// Calls visit(column name, a's field, b's field) for each column of a group.
// Give the same row twice to visit one.
template <typename A, typename B, typename Visitor>
void VisitSlurmColumns(A& a, B& b, Visitor&& visit) {
  visit("cluster", a.cluster, b.cluster);
  visit("job_id", a.job_id, b.job_id);
  visit("raw_id", a.raw_id, b.raw_id);
  visit("array_job_id", a.array_job_id, b.array_job_id);
  visit("array_task_id", a.array_task_id, b.array_task_id);
  visit("het_job_id", a.het_job_id, b.het_job_id);
  visit("het_offset", a.het_offset, b.het_offset);
  visit("restart_count", a.restart_count, b.restart_count);
  visit("state", a.state, b.state);
  visit("state_text", a.state_text, b.state_text);
  visit("exit_code", a.exit_code, b.exit_code);
  visit("exit_signal", a.exit_signal, b.exit_signal);
  visit("reason", a.reason, b.reason);
  visit("submit_time", a.submit_time, b.submit_time);
  visit("start_time", a.start_time, b.start_time);
  visit("end_time", a.end_time, b.end_time);
  visit("name", a.name, b.name);
  visit("user_name", a.user_name, b.user_name);
  visit("partition_name", a.partition_name, b.partition_name);
  visit("work_dir", a.work_dir, b.work_dir);
  visit("is_batch", a.is_batch, b.is_batch);
  visit("batch_host", a.batch_host, b.batch_host);
  visit("stdout_pattern", a.stdout_pattern, b.stdout_pattern);
  visit("submit_line", a.submit_line, b.submit_line);
  visit("log_path", a.log_path, b.log_path);
  visit("log_source", a.log_source, b.log_source);
  visit("log_problem", a.log_problem, b.log_problem);
  visit("log_error", a.log_error, b.log_error);
  visit("log_shared", a.log_shared, b.log_shared);
}

template <typename A, typename B, typename Visitor>
void VisitDeliveryColumns(A& a, B& b, Visitor&& visit) {
  visit("phase", a.phase, b.phase);
  visit("problem", a.problem, b.problem);
  visit("submit_attempts", a.submit_attempts, b.submit_attempts);
  visit("result_attempts", a.result_attempts, b.result_attempts);
  visit("next_attempt", a.next_attempt, b.next_attempt);
  visit("pending_since", a.pending_since, b.pending_since);
  visit("submitted_at", a.submitted_at, b.submitted_at);
  visit("error", a.error, b.error);
  visit("resubmit_count", a.resubmit_count, b.resubmit_count);
  visit("urgent", a.urgent, b.urgent);
}

template <typename A, typename B, typename Visitor>
void VisitVerdictColumns(A& a, B& b, Visitor&& visit) {
  visit("action", a.action, b.action);
  visit("action_text", a.action_text, b.action_text);
  visit("verdict_reason", a.verdict_reason, b.verdict_reason);
  visit("verdict_source", a.verdict_source, b.verdict_source);
  visit("verdict_mode", a.verdict_mode, b.verdict_mode);
  visit("fetched_at", a.fetched_at, b.fetched_at);
}

// Every column but id, created_at, updated_at and change: what can change.
template <typename A, typename B, typename Visitor>
void VisitContentColumns(A& a, B& b, Visitor&& visit) {
  VisitSlurmColumns(a, b, visit);
  visit("log_owner_id", a.log_owner_id, b.log_owner_id);
  visit("log_owner_job_id", a.log_owner_job_id, b.log_owner_job_id);
  visit("end_sort", a.end_sort, b.end_sort);
  VisitDeliveryColumns(a, b, visit);
  visit("track_at", a.track_at, b.track_at);
  visit("track_attempts", a.track_attempts, b.track_attempts);
  VisitVerdictColumns(a, b, visit);
  visit("facts", a.facts, b.facts);
  visit("first_seen", a.first_seen, b.first_seen);
}

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_ROW_H_
