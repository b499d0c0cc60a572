#include "slurm/sacct.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "slurm/host_list.h"
#include "slurm/job_id.h"
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
    "PREEMPTED,REQUEUED,TIMEOUT";

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

std::vector<int> PresentFields(const SacctCapabilities& capabilities) {
  std::vector<int> present;
  for (int field = 0; field < kFieldCount; ++field) {
    if (Has(capabilities, field)) present.push_back(field);
  }
  return present;
}

// A time before the epoch is not one that sacct takes.
std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S",
                          std::max(time, absl::FromUnixSeconds(86400)),
                          absl::UTCTimeZone());
}

// Whether the run has ended, and accounting has heard of all of it.
bool IsEndedRow(const absl::string_view* fields) {
  const bool is_unfinished = fields[kName] == "allocation" &&
                             fields[kPartition].empty() &&
                             fields[kWorkDir].empty();
  return IsEnded(ParseJobState(fields[kState])) && !is_unfinished;
}

uint64_t Print(const absl::string_view* fields) {
  uint64_t print = 0;
  for (int field = 0; field < kFieldCount; ++field) {
    print = absl::HashOf(print, fields[field]);
  }
  return print;
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
  record->is_batch = IsBatchSubmission(fields[kSubmitLine]);
  record->name = std::string(fields[kName]);
  record->from_accounting = true;
  return job;
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
                                   absl::Time since, absl::Time until,
                                   absl::string_view separator) {
  std::vector<absl::string_view> names;
  for (const int field : PresentFields(capabilities)) {
    names.push_back(kFieldNames[field]);
  }
  std::vector<std::string> argv = {
      "sacct", "--local",
      "-a",    "-X",
      "-D",    "-n",
      "-p",    absl::StrCat("--delimiter=", separator),
      "-S",    FormatUtc(since),
      "-E",    until == absl::InfiniteFuture() ? "now" : FormatUtc(until),
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

SacctReader::SacctReader(absl::string_view separator,
                         const SacctCapabilities& capabilities, IsNews is_news)
    : present_(PresentFields(capabilities)),
      is_news_(is_news),
      records_(separator, {0, present_.size()},
               [this](const absl::string_view* present,
                      absl::string_view stray_text) {
                 ReadRecord(present, stray_text);
               }) {}

void SacctReader::ReadRecord(const absl::string_view* present,
                             absl::string_view stray_text) {
  malformed_.AddStrayText(stray_text);
  if (present == nullptr) return;
  absl::string_view fields[kFieldCount];  // stays empty where there is none
  for (size_t i = 0; i < present_.size(); ++i) fields[present_[i]] = present[i];
  if (IsSummary(fields[kJobId])) {
    ++snapshot_.skipped_summaries;
    return;
  }
  if (!IsEndedRow(fields)) return;
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

absl::StatusOr<JobSnapshot> SacctReader::Finish() {
  SMON_RETURN_IF_ERROR(records_.Finish());
  return std::move(snapshot_);
}

absl::StatusOr<JobSnapshot> ParseSacct(absl::string_view output,
                                       absl::string_view separator,
                                       const SacctCapabilities& capabilities,
                                       IsNews is_news) {
  SacctReader reader(separator, capabilities, is_news);
  reader.Feed(output);
  return reader.Finish();
}

}  // namespace smon::slurm
