#include "slurm/sacct.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "slurm/host_list.h"
#include "slurm/malformed_records.h"
#include "slurm/record_fields.h"

namespace smon::slurm {
namespace {

// What Slurm made first, what users wrote last. Those that not every version
// has may be left out: see FieldNames().
enum Field {
  kRawId,
  kJobId,
  kState,
  kExitCode,
  kSubmit,
  kStart,
  kEnd,
  kUser,
  kPartition,
  kNodeList,
  kWorkDir,
  kStdout,
  kSubmitLine,
  kName,
  kFieldCount,
};

// sacct(1), --format.
constexpr absl::string_view kFieldNames[] = {
    "JobIDRaw", "JobID",  "State",      "ExitCode",  "Submit",
    "Start",    "End",    "User",       "Partition", "NodeList",
    "WorkDir",  "StdOut", "SubmitLine", "JobName",
};
static_assert(sizeof(kFieldNames) / sizeof(kFieldNames[0]) == kFieldCount);

// The states that end a run, by names that all versions since 20.11 know; an
// unknown one would be a fatal error.
constexpr absl::string_view kEndedStates =
    "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,OUT_OF_MEMORY,"
    "PREEMPTED,TIMEOUT";

bool Has(const SacctCapabilities& capabilities, int field) {
  switch (field) {
    case kWorkDir:
      return capabilities.work_dir;
    case kStdout:
      return capabilities.stdout_field;
    case kSubmitLine:
      return capabilities.submit_line;
    default:
      return true;
  }
}

// By the name of the program that submitted the job; absent for others than
// Slurm's own, such as slurmrestd.
std::optional<bool> IsBatch(absl::string_view submit_line) {
  absl::string_view program = submit_line.substr(0, submit_line.find(' '));
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  if (program == "sbatch") return true;
  if (program == "srun" || program == "salloc") return false;
  return std::nullopt;
}

// Whether accounting has not heard of the whole job yet.
bool IsUnfinishedRow(const JobRecord& record) {
  return record.name == "allocation" && record.partition.empty() &&
         record.work_dir.empty();
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
  record->exit_status = ParseExitCode(fields[kExitCode]);
  record->batch_host = FirstHost(fields[kNodeList]);
  if (!record->batch_host.empty()) {
    record->start_time = ParseTime(fields[kStart]);
  }
  record->end_time = ParseTime(fields[kEnd]);
  record->user = std::string(fields[kUser]);
  record->partition = std::string(fields[kPartition]);
  record->work_dir = std::string(fields[kWorkDir]);
  record->stdout_pattern = std::string(NullToEmpty(fields[kStdout]));
  record->submit_line = std::string(fields[kSubmitLine]);
  record->is_batch = IsBatch(fields[kSubmitLine]);
  record->name = std::string(fields[kName]);
  record->from_accounting = true;
  return true;
}

}  // namespace

absl::StatusOr<SacctCapabilities> ParseSacctHelpformat(
    absl::string_view output) {
  std::set<absl::string_view> names;
  for (const absl::string_view name :
       absl::StrSplit(output, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    names.insert(name);
  }
  SacctCapabilities capabilities;
  capabilities.work_dir = names.count(kFieldNames[kWorkDir]) > 0;
  capabilities.stdout_field = names.count(kFieldNames[kStdout]) > 0;
  capabilities.submit_line = names.count(kFieldNames[kSubmitLine]) > 0;
  for (int field = 0; field < kFieldCount; ++field) {
    if (Has(capabilities, field) && names.count(kFieldNames[field]) == 0) {
      return absl::InternalError(
          absl::StrCat("this sacct has no field '", kFieldNames[field],
                       "'; smonsvc needs Slurm 20.11 or newer"));
    }
  }
  return capabilities;
}

std::vector<std::string> SacctArgv(const JobSelection& selection,
                                   const SacctCapabilities& capabilities,
                                   absl::Time since,
                                   absl::string_view separator) {
  std::vector<absl::string_view> names;
  for (int field = 0; field < kFieldCount; ++field) {
    if (Has(capabilities, field)) names.push_back(kFieldNames[field]);
  }
  // A time before the epoch is not one that sacct takes.
  const std::string start = absl::FormatTime(
      "%Y-%m-%dT%H:%M:%S", std::max(since, absl::FromUnixSeconds(86400)),
      absl::UTCTimeZone());
  std::vector<std::string> argv = {
      "sacct", "--local",
      "-a",    "-X",
      "-D",    "-n",
      "-p",    absl::StrCat("--delimiter=", separator),
      "-S",    start,
      "-E",    "now",
      "-s",    std::string(kEndedStates),
      "-o",    absl::StrJoin(names, ",")};
  if (!selection.partitions.empty()) {
    argv.insert(argv.end(), {"-r", absl::StrJoin(selection.partitions, ",")});
  }
  if (!selection.user.empty()) {
    argv.insert(argv.end(), {"-u", selection.user});
  }
  return argv;
}

absl::StatusOr<JobSnapshot> ParseSacct(absl::string_view output,
                                       absl::string_view separator,
                                       const SacctCapabilities& capabilities) {
  std::vector<int> present;
  for (int field = 0; field < kFieldCount; ++field) {
    if (Has(capabilities, field)) present.push_back(field);
  }
  JobSnapshot snapshot;
  MalformedRecords malformed("sacct");
  RecordReader reader(output, separator, present.size());
  absl::string_view read[kFieldCount];
  absl::string_view fields[kFieldCount];  // stays empty where there is none
  while (reader.Next(read)) {
    for (size_t i = 0; i < present.size(); ++i) fields[present[i]] = read[i];
    JobRecord record;
    const absl::StatusOr<bool> is_job = ReadRecord(fields, &record);
    if (!is_job.ok()) {
      malformed.Add(fields[kJobId], is_job.status());
    } else if (!*is_job) {
      ++snapshot.skipped_summaries;
    } else if (IsEnded(record.state) && !IsUnfinishedRow(record)) {
      snapshot.jobs.push_back(std::move(record));
    }
  }
  SMON_RETURN_IF_ERROR(reader.status());
  malformed.AddStrayLines(reader.stray_lines());
  snapshot.malformed_records = malformed.count();
  return snapshot;
}

}  // namespace smon::slurm
