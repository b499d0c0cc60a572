#include "server/monitor/proto_convert.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "common/utf8.h"

namespace smon {
namespace {

// Times without a meaning of their own are left out of the answer.
bool IsKnown(absl::Time time) {
  return time != absl::InfinitePast() && time != absl::InfiniteFuture();
}

v1::StdoutPath::Source SourceProto(slurm::LogPathSource source) {
  switch (source) {
    case slurm::LogPathSource::kNone:
      break;
    case slurm::LogPathSource::kSqueue:
      return v1::StdoutPath::SQUEUE;
    case slurm::LogPathSource::kSacct:
      return v1::StdoutPath::SACCT;
    case slurm::LogPathSource::kSubmitLine:
      return v1::StdoutPath::SUBMIT_LINE;
    case slurm::LogPathSource::kBatchScript:
      return v1::StdoutPath::BATCH_SCRIPT;
    case slurm::LogPathSource::kDefault:
      return v1::StdoutPath::DEFAULT;
  }
  return v1::StdoutPath::SOURCE_UNSPECIFIED;
}

v1::Delivery DeliveryProto(const Delivery& from) {
  v1::Delivery to;
  to.set_phase(ToProto(from.phase));
  to.set_submit_attempts(from.submit_attempts);
  to.set_result_attempts(from.result_attempts);
  if (IsKnown(from.next_attempt)) {
    *to.mutable_next_attempt_time() = ToProto(from.next_attempt);
  }
  if (IsKnown(from.submitted_at)) {
    *to.mutable_submitted_time() = ToProto(from.submitted_at);
  }
  to.set_error(from.error);
  to.set_resubmit_count(from.resubmit_count);
  to.set_problem(ToProto(from.problem));
  return to;
}

v1::Verdict VerdictProto(const Verdict& from) {
  v1::Verdict to;
  to.set_action(ToProto(from.action));
  to.set_action_text(from.action_text);
  to.set_reason(from.reason);
  to.set_source(from.source);
  to.set_mode(from.mode);
  *to.mutable_create_time() = ToProto(from.fetched_at);
  return to;
}

void SetRecord(const slurm::JobRecord& from, v1::Job* to) {
  to->set_job_id(from.job_id);
  to->set_raw_job_id(from.raw_id);
  to->set_restart_count(from.restart_count.value_or(0));
  to->set_array_job_id(from.array_job_id);
  if (from.array_task_id) to->set_array_task_id(*from.array_task_id);
  to->set_het_job_id(from.het_job_id);
  if (from.het_offset) to->set_het_job_offset(*from.het_offset);
  to->set_name(BytesToText(from.name));
  to->set_user(BytesToText(from.user));
  to->set_partition(BytesToText(from.partition));
  to->set_state(ToProto(from.state));
  to->set_state_text(BytesToText(from.state_text));
  to->set_reason(BytesToText(from.reason));
  if (from.exit_status && slurm::IsEnded(from.state)) {
    to->set_exit_code(from.exit_status->code);
    to->set_exit_signal(from.exit_status->signal);
  }
  *to->mutable_submit_time() = ToProto(from.submit_time);
  if (from.start_time) *to->mutable_start_time() = ToProto(*from.start_time);
  if (from.end_time) *to->mutable_end_time() = ToProto(*from.end_time);
  to->set_work_dir(BytesToText(from.work_dir));
}

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(rest * 1000));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  // Years 1 to 9999, as Timestamp allows.
  constexpr int64_t kFirst = -62135596800;
  constexpr int64_t kLast = 253402300799;
  return absl::FromUnixSeconds(std::clamp(time.seconds(), kFirst, kLast)) +
         absl::Nanoseconds(std::clamp(time.nanos(), 0, 999999999));
}

// The API's states have the names that Slurm has for them.
v1::Job::State ToProto(slurm::JobState state) {
  v1::Job::State proto;
  const absl::string_view name = slurm::JobStateName(state);
  return v1::Job::State_Parse(std::string(name), &proto) ? proto
                                                         : v1::Job::OTHER;
}

slurm::JobState FromProto(v1::Job::State state) {
  for (const slurm::JobState known : slurm::AllJobStates()) {
    if (v1::Job::State_Name(state) == slurm::JobStateName(known)) return known;
  }
  return slurm::JobState::kOther;
}

// The numbers are the same by definition; see job.h.
v1::Delivery::Phase ToProto(Phase phase) {
  return static_cast<v1::Delivery::Phase>(phase);
}

v1::Delivery::Problem ToProto(PathProblem problem) {
  return static_cast<v1::Delivery::Problem>(problem);
}

v1::Verdict::Action ToProto(Action action) {
  return static_cast<v1::Verdict::Action>(action);
}

v1::Job ToProto(const Job& job) {
  v1::Job to;
  SetRecord(job.record, &to);
  to.set_cluster(job.cluster);
  to.set_stdout_path(job.log.path);
  to.set_stdout_path_source(SourceProto(job.log.source));
  to.set_stdout_path_error(job.log.error);
  to.set_log_job_id(job.log_owner_job_id);
  *to.mutable_delivery() = DeliveryProto(job.delivery);
  if (job.verdict) *to.mutable_verdict() = VerdictProto(*job.verdict);
  *to.mutable_create_time() = ToProto(job.created_at);
  *to.mutable_update_time() = ToProto(job.updated_at);
  return to;
}

}  // namespace smon
