#include "slurm/rest/rest_accounting.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "slurm/host_list.h"
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
  kSubmit,
  kStart,
  kEnd,
  kUser,
  kPartition,
  kNodes,
  kWorkDir,
  kStdout,
  kSubmitLine,
  kName,
  kCluster,
  kScript,
};

const RestFields& Fields() {
  static const auto* const fields = new RestFields({
      {"job_id", kRawId},
      {"array/job_id", kArrayJobId},
      {"array/task_id", kArrayTaskId},
      {"array/task", kArrayTasks},
      {"het/job_id", kHetJobId},
      {"het/job_offset", kHetOffset},
      {"state/current", kState},
      {"exit_code", kExitNumber},
      {"exit_code/status", kExitWord},
      {"exit_code/return_code", kExitCode},
      {"exit_code/signal/id", kExitSignal},
      {"exit_code/signal/signal_id", kExitSignal},
      {"time/submission", kSubmit},
      {"time/start", kStart},
      {"time/end", kEnd},
      {"user", kUser},
      {"partition", kPartition},
      {"nodes", kNodes},
      {"working_directory", kWorkDir},
      {"stdout", kStdout},
      {"submit_line", kSubmitLine},
      {"name", kName},
      {"cluster", kCluster},
      {"script", kScript},
  });
  return *fields;
}

constexpr RestIds kIds = {kRawId,      kArrayJobId, kArrayTaskId,
                          kArrayTasks, kHetJobId,   kHetOffset};
constexpr RestExitCode kExit = {kExitNumber, kExitWord, kExitCode, kExitSignal};

// The states that end a run, as in sacct.cc, and their numbers.
constexpr absl::string_view kEndedStates =
    "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,OUT_OF_MEMORY,"
    "PREEMPTED,REQUEUED,TIMEOUT";
constexpr absl::string_view kEndedStateNumbers = "9,4,3,10,5,7,11,8,1024,6";

std::string Copy(absl::string_view text) { return std::string(text); }

// RFC 3986: everything but what is unreserved.
std::string Escape(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' ||
        c == '~') {
      escaped += c;
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

// Whether the run has ended, and accounting has heard of all of it: in the
// first seconds its row has no partition and no folder.
bool IsEndedRow(const RestRecord& record) {
  const absl::string_view name = record.Text(kName);
  const bool is_unfinished = (name.empty() || name == "allocation") &&
                             record.Text(kPartition).empty() &&
                             record.Text(kWorkDir).empty();
  return IsEnded(ParseJobState(StateWord(record.Text(kState)))) &&
         !is_unfinished;
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
  job->exit_status = ReadExitStatus(record, kExit, api_version, job->state);
  job->batch_host = FirstHost(record.Text(kNodes));
  if (!job->batch_host.empty()) {
    job->start_time = ParseTime(record.NumberText(kStart));
  }
  job->end_time = ParseTime(record.NumberText(kEnd));
  job->user = Copy(record.Text(kUser));
  job->partition = Copy(record.Text(kPartition));
  job->work_dir = Copy(record.Text(kWorkDir));
  job->stdout_pattern = Copy(record.Text(kStdout));
  job->submit_line = Copy(record.Text(kSubmitLine));
  job->is_batch = IsBatchSubmission(job->submit_line);
  job->name = Copy(record.Text(kName));
  // As sacct writes it.
  if (job->name.empty()) job->name = "allocation";
  job->from_accounting = true;
  return read;
}

}  // namespace

std::string RestAccountingTarget(int api_version, const JobSelection& selection,
                                 absl::Time since, absl::Time until) {
  // Before the epoch there is nothing.
  const int64_t start = std::max<int64_t>(absl::ToUnixSeconds(since), 86400);
  std::string target = absl::StrCat(
      "/slurmdb/v0.0.", api_version, "/jobs?start_time=uts", start,
      "&end_time=",
      until == absl::InfiniteFuture()
          ? "now"
          : absl::StrCat("uts", std::max(absl::ToUnixSeconds(until), start)),
      "&skip_steps=true&state=",
      Escape(api_version < 38 ? kEndedStateNumbers : kEndedStates));
  if (api_version >= 40) absl::StrAppend(&target, "&show_duplicates=true");
  if (!selection.partitions.empty()) {
    absl::StrAppend(&target, "&partition=",
                    Escape(absl::StrJoin(selection.partitions, ",")));
  }
  return target;
}

absl::StatusOr<RestJobs> ReadRestAccounting(ByteSource* source, int api_version,
                                            const JobSelection& selection,
                                            IsNews is_news) {
  RestJobs jobs;
  JobSnapshot& snapshot = jobs.snapshot;
  MalformedRecords malformed("slurmrestd's accounting", &snapshot);
  const auto on_record = [&](const RestRecord& record) {
    if (jobs.cluster.empty()) jobs.cluster = Copy(record.Text(kCluster));
    if (!IsSelected(selection, record.Text(kPartition), record.Text(kUser))) {
      return;
    }
    if (SummaryOf(record, kIds).has_value()) {
      ++snapshot.skipped_summaries;
      return;
    }
    if (!IsEndedRow(record)) return;
    const absl::string_view raw_id = record.NumberText(kRawId);
    absl::StatusOr<RecordHead> head =
        ReadHead(raw_id, record.NumberText(kSubmit));
    if (!head.ok()) {
      malformed.AddRecord(raw_id, ParseNumber(raw_id), head.status());
      return;
    }
    head->print = record.Print({kScript});
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

std::string RestScriptsTarget(int api_version,
                              const std::vector<std::string>& job_ids) {
  if (api_version < 41 || job_ids.empty()) return "";
  return absl::StrCat("/slurmdb/v0.0.", api_version,
                      "/jobs?skip_steps=true&show_batch_script=true&step=",
                      Escape(absl::StrJoin(job_ids, ",")));
}

absl::StatusOr<RestScripts> ReadRestScripts(ByteSource* source) {
  RestScripts scripts;
  const auto on_record = [&scripts](const RestRecord& record) {
    JobRecord job;
    const absl::string_view script = record.Text(kScript);
    if (script.empty() || SummaryOf(record, kIds).has_value() ||
        !SetRestIds(record, kIds, &job).ok()) {
      return;
    }
    scripts.scripts[job.job_id] = Copy(script);
  };
  SMON_ASSIGN_OR_RETURN(scripts.answer,
                        ReadRestAnswer(source, "jobs", Fields(), on_record));
  return scripts;
}

}  // namespace smon::slurm
