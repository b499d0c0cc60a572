#include "slurm/squeue.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "slurm/malformed_records.h"
#include "slurm/record_fields.h"

namespace smon::slurm {
namespace {

// In the order of kFieldNames: what Slurm made first, what users wrote last.
enum Field {
  kJobId,
  kRawId,
  kState,
  kExitCode,
  kRestarts,
  kSubmit,
  kStart,
  kEnd,
  kBatchFlag,
  kBatchHost,
  kUser,
  kPartition,
  kReason,
  kWorkDir,
  kStdout,
  kName,
  kFieldCount,
};

// squeue(1), --Format. All of them are in 20.11.
constexpr absl::string_view kFieldNames[] = {
    "JobArrayID", "JobID",      "State",     "exit_code",
    "RestartCnt", "SubmitTime", "StartTime", "EndTime",
    "BatchFlag",  "BatchHost",  "UserName",  "Partition",
    "Reason",     "WorkDir",    "STDOUT",    "Name",
};
static_assert(sizeof(kFieldNames) / sizeof(kFieldNames[0]) == kFieldCount);

std::string Copy(absl::string_view text) { return std::string(text); }

// Whether StartTime is one at which the job started, and not an estimate.
bool HasStarted(JobState state) {
  switch (state) {
    case JobState::kRunning:
    case JobState::kSuspended:
    case JobState::kConfiguring:
    case JobState::kCompleting:
    case JobState::kStageOut:
    case JobState::kSignaling:
    case JobState::kStopped:
    case JobState::kResizing:
      return true;
    default:
      return IsEnded(state);
  }
}

// Sets `record`. False for an array summary, INVALID_ARGUMENT when malformed.
absl::StatusOr<bool> ReadRecord(const absl::string_view* fields,
                                JobRecord* record) {
  SMON_ASSIGN_OR_RETURN(const bool is_job, SetJobId(fields[kJobId], record));
  if (!is_job) return false;
  const std::optional<int64_t> raw_id = ParseNumber(fields[kRawId]);
  if (!raw_id.has_value()) {
    return absl::InvalidArgumentError("its raw id is no number");
  }
  record->raw_id = *raw_id;
  const std::optional<absl::Time> submit_time = ParseTime(fields[kSubmit]);
  if (!submit_time.has_value()) {
    return absl::InvalidArgumentError("it has no submit time");
  }
  record->submit_time = *submit_time;

  SetState(fields[kState], record);
  const bool ended = IsEnded(record->state);
  record->is_batch = fields[kBatchFlag] == "1";
  if (fields[kBatchHost] != "n/a") {
    record->batch_host = Copy(NullToEmpty(fields[kBatchHost]));
  }
  if (HasStarted(record->state) && !(ended && record->batch_host.empty())) {
    record->start_time = ParseTime(fields[kStart]);
  }
  if (ended) {
    record->end_time = ParseTime(fields[kEnd]);
    record->exit_status = ParseWaitStatus(fields[kExitCode]);
  }
  const std::optional<int64_t> restarts = ParseNumber(fields[kRestarts]);
  if (restarts.has_value() && *restarts <= INT32_MAX) {
    record->restart_count = static_cast<int32_t>(*restarts);
  }
  if (fields[kReason] != "None") record->reason = Copy(fields[kReason]);
  record->user = Copy(fields[kUser]);
  record->partition = Copy(fields[kPartition]);
  record->work_dir = Copy(NullToEmpty(fields[kWorkDir]));
  record->stdout_pattern = Copy(NullToEmpty(fields[kStdout]));
  record->name = Copy(fields[kName]);
  return true;
}

}  // namespace

std::vector<std::string> SqueueArgv(const JobSelection& selection,
                                    absl::string_view separator) {
  std::string format;
  for (const absl::string_view name : kFieldNames) {
    absl::StrAppend(&format, format.empty() ? "" : ",", name, ":", separator);
  }
  // Without --array: a waiting array is one row, whatever its size.
  std::vector<std::string> argv = {"squeue", "--local", "-a", "-h",
                                   "-t",     "all",     "-O", format};
  if (!selection.partitions.empty()) {
    argv.insert(argv.end(), {"-p", absl::StrJoin(selection.partitions, ",")});
  }
  if (!selection.user.empty()) {
    argv.insert(argv.end(), {"-u", selection.user});
  }
  return argv;
}

absl::StatusOr<JobSnapshot> ParseSqueue(absl::string_view output,
                                        absl::string_view separator) {
  JobSnapshot snapshot;
  MalformedRecords malformed("squeue");
  RecordReader reader(output, separator, kFieldCount);
  absl::string_view fields[kFieldCount];
  while (reader.Next(fields)) {
    JobRecord record;
    const absl::StatusOr<bool> is_job = ReadRecord(fields, &record);
    if (!is_job.ok()) {
      malformed.Add(fields[kJobId], is_job.status());
    } else if (*is_job) {
      snapshot.jobs.push_back(std::move(record));
    } else {
      ++snapshot.skipped_summaries;
    }
  }
  SMON_RETURN_IF_ERROR(reader.status());
  malformed.AddStrayLines(reader.stray_lines());
  snapshot.malformed_records = malformed.count();
  return snapshot;
}

}  // namespace smon::slurm
