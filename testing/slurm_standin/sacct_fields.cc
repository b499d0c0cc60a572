#include "testing/slurm_standin/sacct_fields.h"

#include <sys/wait.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/utf8.h"
#include "testing/slurm_standin/job_text.h"

namespace smon::slurm_standin {
namespace {

// Of Slurm 22.05. SubmitLine came with 21.08, the three Std… with 24.05.
constexpr absl::string_view kFieldNames =
    "Account AdminComment AllocCPUS AllocNodes AllocTRES AssocID AveCPU "
    "AveCPUFreq AveDiskRead AveDiskWrite AvePages AveRSS AveVMSize BlockID "
    "Cluster Comment Constraints ConsumedEnergy ConsumedEnergyRaw Container "
    "CPUTime CPUTimeRAW DBIndex DerivedExitCode Elapsed ElapsedRaw Eligible "
    "End ExitCode Flags GID Group JobID JobIDRaw JobName Layout MaxDiskRead "
    "MaxDiskReadNode MaxDiskReadTask MaxDiskWrite MaxDiskWriteNode "
    "MaxDiskWriteTask MaxPages MaxPagesNode MaxPagesTask MaxRSS MaxRSSNode "
    "MaxRSSTask MaxVMSize MaxVMSizeNode MaxVMSizeTask McsLabel MinCPU "
    "MinCPUNode MinCPUTask NCPUS NNodes NodeList NTasks Partition Priority QOS "
    "QOSRAW Reason ReqCPUFreq ReqCPUFreqGov ReqCPUFreqMax ReqCPUFreqMin "
    "ReqCPUS ReqMem ReqNodes ReqTRES Reservation ReservationId Reserved "
    "ResvCPU ResvCPURAW Start State StdErr StdIn StdOut Submit SubmitLine "
    "Suspended SystemComment SystemCPU Timelimit TimelimitRaw TotalCPU "
    "TRESUsageInAve TRESUsageInMax TRESUsageInMaxNode TRESUsageInMaxTask "
    "TRESUsageInMin TRESUsageInMinNode TRESUsageInMinTask TRESUsageInTot "
    "TRESUsageOutAve TRESUsageOutMax TRESUsageOutMaxNode TRESUsageOutMaxTask "
    "TRESUsageOutMin TRESUsageOutMinNode TRESUsageOutMinTask TRESUsageOutTot "
    "UID User UserCPU WCKey WCKeyID WorkDir";

// States for which the wait status comes too late for the record: squeue's
// exit_code is 15 where sacct has 0:0.
bool IsKilled(const Job& job) {
  for (const absl::string_view state :
       {"CANCELLED", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "REQUEUED"}) {
    if (job.state == state) return true;
  }
  return false;
}

std::string ExitCode(const SacctRow& row) {
  const Job& job = *row.job;
  if (job.sacct_exit.has_value()) return *job.sacct_exit;
  if (IsKilled(job) && !row.is_batch_step) return "0:0";
  const int status = static_cast<int>(job.exit_status);
  // sacct takes an exit code from 128 for a signal, and subtracts: "exit 200"
  // is 72:0.
  if (WIFEXITED(status) && WEXITSTATUS(status) >= 128) {
    return absl::StrCat(WEXITSTATUS(status) - 128, ":0");
  }
  return FormatExit(job.exit_status);
}

std::string StepState(const Job& job) {
  if (IsKilled(job) || WIFSIGNALED(static_cast<int>(job.exit_status))) {
    return "CANCELLED";
  }
  return job.state;
}

std::string JobName(const SacctRow& row) {
  if (row.is_batch_step) return "batch";
  return row.job->name.empty() ? "allocation" : AccountingText(row.job->name);
}

std::string StartText(const Call& call, const Job& job) {
  return FormatTime(call, job.start, job.end == 0 ? "Unknown" : "None");
}

std::string ElapsedText(const Call& call, const Job& job) {
  if (job.start == 0) return "0";
  return absl::StrCat((job.end == 0 ? call.now : job.end) - job.start);
}

// JOB is a job's own text, which its steps do not have.
#define TEXT(expression)                                          \
  [](const State& state, const Call& call, const SacctRow& row) { \
    const Job& job = *row.job;                                    \
    (void)state, (void)call, (void)job;                           \
    return std::string(expression);                               \
  }
#define JOB_TEXT(expression) \
  TEXT(row.is_batch_step ? std::string() : std::string(expression))

const SacctField kFields[] = {
    {"Account", 10, TEXT("")},
    {"AllocCPUS", 10, TEXT("1")},
    {"Cluster", 10, TEXT(state.cluster)},
    {"Comment", 14, JOB_TEXT(AccountingText(job.comment))},
    {"DerivedExitCode", 15, JOB_TEXT("0:0")},
    {"ElapsedRaw", 10, TEXT(ElapsedText(call, job))},
    {"Eligible", 19,
     TEXT(FormatTime(call, row.is_batch_step ? job.start : job.eligible,
                     "Unknown"))},
    {"End", 19, TEXT(FormatTime(call, job.end, "Unknown"))},
    {"ExitCode", 8, TEXT(ExitCode(row))},
    {"JobID", -12,
     TEXT(absl::StrCat(DisplayId(call, job),
                       row.is_batch_step ? ".batch" : ""))},
    {"JobIDRaw", -12,
     TEXT(absl::StrCat(job.raw_id, row.is_batch_step ? ".batch" : ""))},
    {"JobName", 10, TEXT(JobName(row))},
    {"NNodes", 8, TEXT("1")},
    {"NodeList", 15,
     TEXT(job.batch_host.empty() ? "None assigned" : job.batch_host)},
    {"Partition", 10, JOB_TEXT(job.partition)},
    {"Reason", 22, JOB_TEXT(job.state == "PENDING" ? job.reason : "None")},
    {"Start", 19, TEXT(StartText(call, job))},
    {"State", 10, TEXT(row.is_batch_step ? StepState(job) : SacctState(job))},
    {"StdErr", 20,
     JOB_TEXT(UnexpandedPath(job, job.stderr_pattern.empty()
                                      ? job.stdout_pattern
                                      : job.stderr_pattern))},
    {"StdIn", 20, JOB_TEXT("/dev/null")},
    {"StdOut", 20, JOB_TEXT(UnexpandedPath(job, job.stdout_pattern))},
    {"Submit", 19,
     TEXT(FormatTime(call, row.is_batch_step ? job.start : job.submit,
                     "Unknown"))},
    {"SubmitLine", 20, JOB_TEXT(AccountingText(job.submit_line))},
    {"TimelimitRaw", 10, JOB_TEXT(absl::StrCat(job.time_limit_minutes))},
    {"UID", 6, JOB_TEXT(absl::StrCat(UserId(state, job.user)))},
    {"User", 9, JOB_TEXT(job.user)},
    {"WorkDir", 20, JOB_TEXT(AccountingText(job.work_dir))},
};

#undef JOB_TEXT
#undef TEXT

std::vector<absl::string_view> FieldNames(const State& state) {
  const std::pair<int, int> version = state.MajorMinor();
  std::vector<absl::string_view> names;
  for (absl::string_view name : absl::StrSplit(kFieldNames, ' ')) {
    const bool is_new = absl::StartsWith(name, "Std");
    if (is_new && version < std::make_pair(24, 5)) continue;
    if (name == "SubmitLine" && version < std::make_pair(21, 8)) continue;
    names.push_back(name);
  }
  return names;
}

}  // namespace

std::string SacctState(const Job& job) {
  if (job.state == "CANCELLED" && job.cancelled_by.has_value()) {
    return absl::StrCat("CANCELLED by ", *job.cancelled_by);
  }
  return job.state;
}

bool ParseSacctFormat(const State& state, absl::string_view format,
                      std::vector<SacctColumn>* columns, std::string* err) {
  const std::vector<absl::string_view> names = FieldNames(state);
  for (absl::string_view token :
       absl::StrSplit(format, ',', absl::SkipEmpty())) {
    const size_t percent = token.find('%');
    const absl::string_view name = token.substr(0, percent);
    const auto is_name = [&](absl::string_view known) {
      return absl::EqualsIgnoreCase(known, name);
    };
    if (std::none_of(names.begin(), names.end(), is_name)) {
      *err = absl::StrCat("sacct: error: Invalid field requested: \"", name,
                          "\"\n");
      return false;
    }
    const auto* const field =
        std::find_if(std::begin(kFields), std::end(kFields),
                     [&](const SacctField& f) { return is_name(f.name); });
    if (field == std::end(kFields)) {
      *err = absl::StrCat("slurm_standin: sacct's field ", name,
                          " is not modelled\n");
      return false;
    }
    SacctColumn column{field, field->width};
    if (percent != absl::string_view::npos) {
      (void)absl::SimpleAtoi(token.substr(percent + 1), &column.width);
    }
    columns->push_back(column);
  }
  return true;
}

std::string SacctHelpFormat(const State& state) {
  constexpr size_t kColumns = 4;
  std::string text;
  size_t count = 0;
  for (const absl::string_view name : FieldNames(state)) {
    if (count > 0) text.push_back(count % kColumns == 0 ? '\n' : ' ');
    absl::StrAppendFormat(&text, "%-19s", name);
    ++count;
  }
  text.push_back('\n');
  return text;
}

std::string AccountingText(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    // The shortest well-formed start is one character, of at most four bytes.
    size_t length = 1;
    while (length <= 4 && !IsValidUtf8(text.substr(0, length))) ++length;
    if (length > 4 || length > text.size()) {
      result.push_back('?');
      text.remove_prefix(1);
      continue;
    }
    result.append(text.data(), length);
    text.remove_prefix(length);
  }
  std::replace(result.begin(), result.end(), '"', '`');
  return result;
}

}  // namespace smon::slurm_standin
