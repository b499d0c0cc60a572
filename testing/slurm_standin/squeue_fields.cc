#include "testing/slurm_standin/squeue_fields.h"

#include <stdlib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "testing/slurm_standin/job_text.h"

namespace smon::slurm_standin {
namespace {

constexpr int kDefaultLongWidth = 20;

std::string OrNull(absl::string_view text) {
  return std::string(text.empty() ? "(null)" : text);
}

template <typename T>
std::string OrNotApplicable(const std::optional<T>& value) {
  return value.has_value() ? absl::StrCat(*value) : "N/A";
}

// A job that ended without a start has the time of its end as its start.
int64_t StartTime(const Job& job) {
  return job.start == 0 ? job.end : job.start;
}

// While a job runs, slurmctld tells when its limit will end it.
int64_t EndTime(const Job& job) {
  if (job.end != 0 || job.start == 0) return job.end;
  return job.start + job.time_limit_minutes * 60;
}

int64_t SecondsUsed(const Call& call, const Job& job) {
  if (job.start == 0) return 0;
  // A time in the future, or of an earlier run.
  for (const absl::string_view waiting :
       {"PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"}) {
    if (job.state == waiting) return 0;
  }
  return (job.end == 0 ? call.now : job.end) - job.start;
}

std::string TaskId(const Call& call, const Job& job) {
  if (!job.array_summary.empty()) return CutTaskList(call, job.array_summary);
  return OrNotApplicable(job.array_task_id);
}

// %R: why it waits or failed, or else where it runs or ran.
std::string ReasonList(const Job& job) {
  for (const absl::string_view state :
       {"PENDING", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "DEADLINE",
        "SPECIAL_EXIT"}) {
    if (job.state == state) return absl::StrCat("(", job.reason, ")");
  }
  return job.batch_host;
}

#define TEXT(expression)                                     \
  [](const State& state, const Call& call, const Job& job) { \
    (void)state, (void)call, (void)job;                      \
    return std::string(expression);                          \
  }

const SqueueField kFields[] = {
    {"jobarrayid", 'i', "JOBID", TEXT(DisplayId(call, job))},
    {"jobid", 'A', "JOBID", TEXT(absl::StrCat(job.raw_id))},
    {"arrayjobid", 'F', "ARRAY_JOB_ID",
     TEXT(absl::StrCat(job.array_job_id.value_or(job.raw_id)))},
    {"arraytaskid", 'K', "ARRAY_TASK_ID", TEXT(TaskId(call, job))},
    {"hetjobid", 0, "HET_JOB_ID", TEXT(OrNotApplicable(job.het_job_id))},
    {"hetjoboffset", 0, "HET_JOB_OFFSET",
     TEXT(job.het_job_id ? absl::StrCat(job.het_offset) : "N/A")},
    {"hetjobidset", 0, "HET_JOB_ID_SET",
     TEXT(job.het_job_id ? job.het_id_set : "N/A")},
    {"name", 'j', "NAME", TEXT(job.name)},
    {"username", 'u', "USER", TEXT(job.user)},
    {"userid", 'U', "UID", TEXT(absl::StrCat(UserId(state, job.user)))},
    {"partition", 'P', "PARTITION", TEXT(job.partition)},
    {"state", 'T', "STATE", TEXT(job.state)},
    {"statecompact", 't', "ST", TEXT(CompactState(job.state))},
    {"reason", 'r', "REASON", TEXT(job.reason)},
    {"reasonlist", 'R', "NODELIST(REASON)", TEXT(ReasonList(job))},
    {"exit_code", 0, "EXIT_CODE", TEXT(absl::StrCat(job.exit_status))},
    {"restartcnt", 0, "RESTART_COUNT", TEXT(absl::StrCat(job.restart_count))},
    {"submittime", 'V', "SUBMIT_TIME",
     TEXT(FormatTime(call, job.submit, "N/A"))},
    {"starttime", 'S', "START_TIME",
     TEXT(FormatTime(call, StartTime(job), "N/A"))},
    {"endtime", 'e', "END_TIME", TEXT(FormatTime(call, EndTime(job), "N/A"))},
    {"timeused", 'M', "TIME",
     TEXT(FormatMinutesSeconds(SecondsUsed(call, job)))},
    {"timelimit", 'l', "TIME_LIMIT",
     TEXT(FormatMinutesSeconds(job.time_limit_minutes * 60))},
    {"workdir", 'Z', "WORK_DIR", TEXT(job.work_dir)},
    {"stdout", 0, "STDOUT", TEXT(UnexpandedPath(job, job.stdout_pattern))},
    {"stderr", 0, "STDERR",
     TEXT(UnexpandedPath(job, job.stderr_pattern.empty()
                                  ? job.stdout_pattern
                                  : job.stderr_pattern))},
    {"stdin", 0, "STDIN", TEXT("/dev/null")},
    {"command", 'o', "COMMAND", TEXT(OrNull(job.command))},
    {"comment", 'k', "COMMENT", TEXT(OrNull(job.comment))},
    {"batchflag", 0, "BATCH_FLAG", TEXT(job.batch ? "1" : "0")},
    {"batchhost", 'B', "EXEC_HOST",
     TEXT(job.batch_host.empty() ? "n/a" : job.batch_host)},
    {"nodelist", 'N', "NODELIST", TEXT(job.batch_host)},
    {"numnodes", 'D', "NODES", TEXT("1")},
    {"cluster", 0, "CLUSTER", TEXT(state.cluster)},
};

#undef TEXT

const SqueueField* FindByName(const std::string& name) {
  for (const SqueueField& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const SqueueField* FindByCode(char code) {
  for (const SqueueField& field : kFields) {
    if (field.code != 0 && field.code == code) return &field;
  }
  return nullptr;
}

void TellInvalid(absl::string_view what, std::string* err) {
  absl::StrAppend(
      err, "squeue: error: Invalid job format specification: ", what, "\n");
}

}  // namespace

std::vector<SqueueColumn> ParseShortFormat(absl::string_view format,
                                           std::string* err) {
  std::vector<SqueueColumn> columns;
  const size_t first = std::min(format.find('%'), format.size());
  SqueueColumn lead;
  lead.suffix = std::string(format.substr(0, first));
  if (!lead.suffix.empty()) columns.push_back(lead);
  format.remove_prefix(first);
  while (!format.empty()) {
    const size_t next = std::min(format.find('%', 1), format.size());
    const std::string token(format.substr(1, next - 1));
    format.remove_prefix(next);
    SqueueColumn column;
    size_t at = 0;
    if (at < token.size() && token[at] == '.') {
      column.right = true;
      ++at;
    }
    const size_t digits = at;
    while (at < token.size() && absl::ascii_isdigit(token[at])) ++at;
    column.width = atoi(token.substr(digits, at - digits).c_str());
    column.field = at < token.size() ? FindByCode(token[at]) : nullptr;
    if (column.field == nullptr) {
      TellInvalid(token.substr(at, 1), err);
      column.prefix = absl::StrCat("%", token);
    } else {
      column.suffix = token.substr(at + 1);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<SqueueColumn> ParseLongFormat(absl::string_view format,
                                          std::string* err) {
  std::vector<SqueueColumn> columns;
  for (absl::string_view token :
       absl::StrSplit(format, ',', absl::SkipEmpty())) {
    SqueueColumn column;
    const size_t colon = token.find(':');
    const absl::string_view name = token.substr(0, colon);
    if (colon == absl::string_view::npos) {
      column.width = kDefaultLongWidth;
    } else {
      std::string rest(token.substr(colon + 1));
      if (!rest.empty() && rest[0] == '.') {
        column.right = true;
        rest.erase(0, 1);
      }
      // As the original: blanks and a sign are part of the number.
      char* end = nullptr;
      column.width = static_cast<int>(strtol(rest.c_str(), &end, 10));
      column.suffix = rest.substr(end - rest.c_str());
    }
    column.field = FindByName(absl::AsciiStrToLower(name));
    if (column.field == nullptr) TellInvalid(name, err);
    columns.push_back(std::move(column));
  }
  return columns;
}

void AppendColumn(const SqueueColumn& column, absl::string_view text,
                  std::string* line) {
  line->append(column.prefix);
  const size_t width = column.width > 0 ? column.width : text.size();
  text = text.substr(0, width);
  const size_t padding = width - text.size();
  if (column.right) line->append(padding, ' ');
  line->append(text.data(), text.size());
  if (!column.right) line->append(padding, ' ');
  line->append(column.suffix);
}

}  // namespace smon::slurm_standin
