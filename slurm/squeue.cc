#include "slurm/squeue.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "slurm/job_id.h"
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
  kBatchFlag,
  kStart,
  kEnd,
  kPlainFields,
  kBatchHost = kPlainFields,
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
    "RestartCnt", "SubmitTime", "BatchFlag", "StartTime",
    "EndTime",    "BatchHost",  "UserName",  "Partition",
    "Reason",     "WorkDir",    "STDOUT",    "Name",
};
static_assert(sizeof(kFieldNames) / sizeof(kFieldNames[0]) == kFieldCount);

std::string Copy(absl::string_view text) { return std::string(text); }

// A hash of what a record says. The estimates in it, which change with every
// look of the scheduler, do not count.
uint64_t Print(const absl::string_view* fields) {
  const absl::string_view state = fields[kState];
  const bool waits = state == "PENDING";
  const bool ends_later = waits || state == "RUNNING";
  const char* const begin = fields[kJobId].data();
  const char* const end = fields[kBatchFlag].data() + fields[kBatchFlag].size();
  const absl::string_view none;
  return absl::HashOf(absl::string_view(begin, end - begin),
                      waits ? none : fields[kStart],
                      ends_later ? none : fields[kEnd], fields[kBatchHost],
                      fields[kUser], fields[kPartition], fields[kReason],
                      fields[kWorkDir], fields[kStdout], fields[kName]);
}

absl::StatusOr<JobRecord> ToRecord(const absl::string_view* fields,
                                   const RecordHead& head) {
  JobRecord job;
  JobRecord* const record = &job;
  SMON_RETURN_IF_ERROR(SetJobId(fields[kJobId], record));
  record->raw_id = head.raw_id;
  record->submit_time = head.submit_time;
  record->print = head.print;
  SetState(fields[kState], record);
  // "Completing job is being requeued" (squeue(1)): its next run is to come.
  if (record->state == JobState::kRequeued) record->state = JobState::kPending;
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
  record->output_failed = ended && fields[kExitCode] == kOutputFailed;
  const std::optional<int64_t> restarts = ParseNumber(fields[kRestarts]);
  // A run that is being requeued has the count of its next run already.
  if (restarts.has_value() && *restarts <= INT32_MAX &&
      record->state != JobState::kCompleting) {
    record->restart_count = static_cast<int32_t>(*restarts);
  }
  if (fields[kReason] != "None") record->reason = Copy(fields[kReason]);
  record->user = Copy(fields[kUser]);
  record->partition = Copy(fields[kPartition]);
  record->work_dir = Copy(NullToEmpty(fields[kWorkDir]));
  record->stdout_pattern = Copy(NullToEmpty(fields[kStdout]));
  record->name = Copy(fields[kName]);
  return job;
}

// An array summary: tasks that wait, mostly.
void NoteSummary(const absl::string_view* fields, JobSnapshot* snapshot) {
  ++snapshot->skipped_summaries;
  const absl::StatusOr<JobId> id = ParseJobId(fields[kJobId]);
  if (id.ok() && !IsEnded(ParseJobState(fields[kState]))) {
    snapshot->waiting_arrays.push_back(id->base);
  }
}

}  // namespace

std::vector<std::string> SqueueArgv(const JobSelection& selection,
                                    absl::string_view separator) {
  std::string format;
  for (size_t i = 0; i < kFieldCount; ++i) {
    absl::StrAppend(&format, i == 0 ? "" : ",", kFieldNames[i], ":");
    if (i < kPlainFields) {
      format.push_back(kPlainSeparator);
    } else {
      absl::StrAppend(&format, separator);
    }
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

SqueueReader::SqueueReader(absl::string_view separator, IsNews is_news)
    : is_news_(is_news),
      records_(separator, {kPlainFields, kFieldCount - kPlainFields},
               [this](const absl::string_view* fields,
                      absl::string_view stray_text) {
                 ReadRecord(fields, stray_text);
               }) {}

void SqueueReader::ReadRecord(const absl::string_view* fields,
                              absl::string_view stray_text) {
  malformed_.AddStrayText(stray_text);
  if (fields == nullptr) return;
  if (IsSummary(fields[kJobId])) {
    NoteSummary(fields, &snapshot_);
    return;
  }
  absl::StatusOr<RecordHead> head = ReadHead(fields[kRawId], fields[kSubmit]);
  if (!head.ok()) {
    malformed_.AddRecord(fields[kJobId], ParseNumber(fields[kRawId]),
                         head.status());
    return;
  }
  head->print = Print(fields);
  if (is_news_(*head)) {
    absl::StatusOr<JobRecord> record = ToRecord(fields, *head);
    if (!record.ok()) {
      malformed_.AddRecord(fields[kJobId], head->raw_id, record.status());
      return;
    }
    Append(*std::move(record), &snapshot_.jobs);
  }
  ++snapshot_.records;
}

absl::StatusOr<JobSnapshot> SqueueReader::Finish() {
  SMON_RETURN_IF_ERROR(records_.Finish());
  return std::move(snapshot_);
}

absl::StatusOr<JobSnapshot> ParseSqueue(absl::string_view output,
                                        absl::string_view separator,
                                        IsNews is_news) {
  SqueueReader reader(separator, is_news);
  reader.Feed(output);
  return reader.Finish();
}

}  // namespace smon::slurm
