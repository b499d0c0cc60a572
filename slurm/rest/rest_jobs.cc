#include "slurm/rest/rest_jobs.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "slurm/malformed_records.h"
#include "slurm/record_fields.h"
#include "slurm/rest/rest_values.h"

namespace smon::slurm {
namespace {

enum Field {
  kRawId,
  kArrayJobId,
  kArrayTaskId,
  kArrayTasks,
  kHetJobId,
  kHetOffset,
  kState,
  kExitNumber,
  kExitWord,
  kExitCode,
  kExitSignal,
  kRestarts,
  kSubmit,
  kStart,
  kEnd,
  kBatchFlag,
  kBatchHost,
  kUser,
  kUserId,
  kPartition,
  kReason,
  kWorkDir,
  kStdout,
  kStdoutExpanded,
  kName,
  kCluster,
};

const RestFields& Fields() {
  static const auto* const fields = new RestFields({
      {"job_id", kRawId},
      {"array_job_id", kArrayJobId},
      {"array_task_id", kArrayTaskId},
      {"array_task_string", kArrayTasks},
      {"het_job_id", kHetJobId},
      {"het_job_offset", kHetOffset},
      {"job_state", kState},
      {"exit_code", kExitNumber},
      {"exit_code/status", kExitWord},
      {"exit_code/return_code", kExitCode},
      {"exit_code/signal/id", kExitSignal},
      {"exit_code/signal/signal_id", kExitSignal},
      {"restart_cnt", kRestarts},
      {"submit_time", kSubmit},
      {"start_time", kStart},
      {"end_time", kEnd},
      {"batch_flag", kBatchFlag},
      {"batch_host", kBatchHost},
      {"user_name", kUser},
      {"user_id", kUserId},
      {"partition", kPartition},
      {"state_reason", kReason},
      {"current_working_directory", kWorkDir},
      {"standard_output", kStdout},
      {"stdout_expanded", kStdoutExpanded},
      {"name", kName},
      {"cluster", kCluster},
  });
  return *fields;
}

constexpr RestIds kIds = {kRawId,      kArrayJobId, kArrayTaskId,
                          kArrayTasks, kHetJobId,   kHetOffset};
constexpr RestExitCode kExit = {kExitNumber, kExitWord, kExitCode, kExitSignal};

std::string Copy(absl::string_view text) { return std::string(text); }

// The number stands for a user whose name slurmrestd's host does not know, as
// it does in squeue.
absl::string_view User(const RestRecord& record) {
  const absl::string_view name = record.Text(kUser);
  return name.empty() ? record.NumberText(kUserId) : name;
}

// As squeue's STDOUT gives it, which log_path.h can read.
std::string StdoutPattern(const RestRecord& record, int api_version,
                          const JobRecord& job) {
  const absl::string_view given = record.Text(kStdout);
  if (given.empty()) {
    // Certainly sbatch's default.
    if (!record.Has(kStdout) || job.work_dir.empty() ||
        !job.is_batch.value_or(false)) {
      return "";
    }
    return absl::StrCat(job.work_dir, "/slurm-", job.raw_id, ".out");
  }
  const bool expanded = api_version >= 39 && !record.Has(kStdoutExpanded);
  if (!expanded || given.find_first_of("%\\") == absl::string_view::npos) {
    return Copy(given);
  }
  // The default has nothing of the user's in its name, and is not expanded.
  const std::string name =
      job.array_task_id.has_value()
          ? absl::StrCat(job.array_job_id, "_", *job.array_task_id)
          : absl::StrCat(job.raw_id);
  const std::string by_default =
      absl::StrCat(job.work_dir, "/slurm-", name, ".out");
  return given == by_default ? by_default : "";
}

// A hash of what a record says. The estimates in it, which change with every
// look of the scheduler, do not count.
uint64_t Print(const RestRecord& record) {
  const absl::string_view state = StateWord(record.Text(kState));
  if (state == "PENDING") return record.Print({kStart, kEnd});
  if (state == "RUNNING") return record.Print({kEnd});
  return record.Print({});
}

absl::StatusOr<JobRecord> ReadRecord(const RestRecord& record, int api_version,
                                     const RecordHead& head) {
  if (record.has_nul()) {
    return absl::InvalidArgumentError("it holds a NUL character");
  }
  JobRecord read;
  JobRecord* const job = &read;
  SMON_RETURN_IF_ERROR(SetRestIds(record, kIds, job));
  job->raw_id = head.raw_id;
  job->submit_time = head.submit_time;
  job->print = head.print;
  SetState(StateWord(record.Text(kState)), job);
  // "Completing job is being requeued" (squeue(1)): its next run is to come.
  if (job->state == JobState::kRequeued) job->state = JobState::kPending;
  const bool ended = IsEnded(job->state);
  // A number in v0.0.36's documentation.
  job->is_batch = record.Bool(kBatchFlag);
  if (!job->is_batch.has_value()) {
    if (const auto number = record.Number(kBatchFlag); number.has_value()) {
      job->is_batch = *number != 0;
    }
  }
  job->batch_host = Copy(record.Text(kBatchHost));
  if (HasStarted(job->state) && !(ended && job->batch_host.empty())) {
    job->start_time = ParseTime(record.NumberText(kStart));
  }
  if (ended) {
    job->end_time = ParseTime(record.NumberText(kEnd));
    job->exit_status = ReadExitStatus(record, kExit, api_version, job->state);
    job->output_failed = record.NumberText(kExitNumber) == kOutputFailed;
  }
  const std::optional<int64_t> restarts = record.Number(kRestarts);
  // A run that is being requeued has the count of its next run already.
  if (restarts.has_value() && *restarts <= INT32_MAX &&
      job->state != JobState::kCompleting) {
    job->restart_count = static_cast<int32_t>(*restarts);
  }
  if (record.Text(kReason) != "None") job->reason = Copy(record.Text(kReason));
  job->user = Copy(User(record));
  job->partition = Copy(record.Text(kPartition));
  job->work_dir = Copy(record.Text(kWorkDir));
  job->name = Copy(record.Text(kName));
  job->stdout_pattern = StdoutPattern(record, api_version, *job);
  return read;
}

}  // namespace

absl::StatusOr<RestJobs> ReadRestJobs(ByteSource* source, int api_version,
                                      const JobSelection& selection,
                                      IsNews is_news) {
  RestJobs jobs;
  JobSnapshot& snapshot = jobs.snapshot;
  MalformedRecords malformed("slurmrestd's jobs", &snapshot);
  const auto on_record = [&](const RestRecord& record) {
    if (jobs.cluster.empty()) jobs.cluster = Copy(record.Text(kCluster));
    if (!IsSelected(selection, record.Text(kPartition), User(record))) return;
    if (const std::optional<int64_t> array = SummaryOf(record, kIds)) {
      ++snapshot.skipped_summaries;
      if (!IsEnded(ParseJobState(StateWord(record.Text(kState))))) {
        snapshot.waiting_arrays.push_back(*array);
      }
      return;
    }
    const absl::string_view raw_id = record.NumberText(kRawId);
    absl::StatusOr<RecordHead> head =
        ReadHead(raw_id, record.NumberText(kSubmit));
    if (!head.ok()) {
      malformed.AddRecord(raw_id, ParseNumber(raw_id), head.status());
      return;
    }
    head->print = Print(record);
    head->whole_id = record.Number(kArrayJobId).value_or(0);
    if (head->whole_id == 0) {
      head->whole_id = record.Number(kHetJobId).value_or(0);
    }
    if (is_news(*head)) {
      absl::StatusOr<JobRecord> job = ReadRecord(record, api_version, *head);
      if (!job.ok()) {
        malformed.AddRecord(raw_id, head->raw_id, job.status());
        return;
      }
      snapshot.jobs.push_back(*std::move(job));
    }
    ++snapshot.records;
  };
  SMON_ASSIGN_OR_RETURN(jobs.answer,
                        ReadRestAnswer(source, "jobs", Fields(), on_record));
  return jobs;
}

}  // namespace smon::slurm
