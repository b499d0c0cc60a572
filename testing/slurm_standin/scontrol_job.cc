#include "testing/slurm_standin/scontrol_job.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "testing/slurm_standin/job_text.h"

namespace smon::slurm_standin {
namespace {

// Slurm's NO_VAL: what %a is for a job that is no array task.
constexpr int64_t kNoTask = 4294967294;

std::string Duration(int64_t seconds) {
  const std::string time = absl::StrFormat(
      "%02d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  if (seconds < 86400) return time;
  return absl::StrCat(seconds / 86400, "-", time);
}

std::string OrNull(const std::string& text) {
  return text.empty() ? "(null)" : text;
}

std::string IdLine(const Call& call, const Job& job) {
  std::string line = absl::StrCat("JobId=", job.raw_id);
  if (!job.array_summary.empty()) {
    absl::StrAppend(&line,
                    " ArrayJobId=", job.array_job_id.value_or(job.raw_id),
                    " ArrayTaskId=", CutTaskList(call, job.array_summary));
    const size_t percent = job.array_summary.find('%');
    if (percent != std::string::npos) {
      absl::StrAppend(
          &line, " ArrayTaskThrottle=", job.array_summary.substr(percent + 1));
    }
  } else if (job.array_task_id.has_value()) {
    absl::StrAppend(&line,
                    " ArrayJobId=", job.array_job_id.value_or(job.raw_id),
                    " ArrayTaskId=", *job.array_task_id);
  } else if (job.het_job_id.has_value()) {
    absl::StrAppend(&line, " HetJobId=", *job.het_job_id,
                    " HetJobOffset=", job.het_offset);
  }
  return absl::StrCat(line, " JobName=", job.name);
}

}  // namespace

std::string ScontrolPath(const Job& job, const std::string& given) {
  const bool is_array = job.array_job_id.has_value() ||
                        job.array_task_id.has_value() ||
                        !job.array_summary.empty();
  std::string pattern = given;
  if (pattern.empty()) pattern = is_array ? "slurm-%A_%a.out" : "slurm-%j.out";
  const std::string path = absl::StrReplaceAll(
      pattern, {{"%j", absl::StrCat(job.raw_id)},
                {"%A", absl::StrCat(job.array_job_id.value_or(job.raw_id))},
                {"%a", absl::StrCat(job.array_task_id.value_or(kNoTask))},
                {"%x", job.name},
                {"%u", job.user}});
  return path[0] == '/' ? path : absl::StrCat(job.work_dir, "/", path);
}

std::string ScontrolJob(const State& state, const Call& call, const Job& job,
                        bool one_line) {
  const auto time = [&](int64_t t) { return FormatTime(call, t, "Unknown"); };
  const int64_t start = job.start == 0 ? job.end : job.start;
  int64_t end = job.end;
  if (end == 0 && start != 0) end = start + job.time_limit_minutes * 60;
  const bool has_run = job.start != 0 && job.state != "PENDING";
  const int64_t run_time =
      has_run ? (job.end == 0 ? call.now : job.end) - job.start : 0;
  const int64_t uid = UserId(state, job.user);

  std::vector<std::string> lines;
  lines.push_back(IdLine(call, job));
  if (job.het_job_id.has_value()) {
    lines.push_back(absl::StrCat("HetJobIdSet=", job.het_id_set));
  }
  lines.push_back(absl::StrFormat("UserId=%s(%d) GroupId=%s(%d) MCS_label=N/A",
                                  job.user, uid, job.user, uid));
  lines.push_back("Priority=4294901759 Nice=0 Account=(null) QOS=normal");
  lines.push_back(absl::StrCat("JobState=", job.state, " Reason=",
                               absl::StrReplaceAll(job.reason, {{" ", "_"}}),
                               " Dependency=(null)"));
  lines.push_back(absl::StrCat(
      "Requeue=1 Restarts=", job.restart_count, " BatchFlag=",
      job.batch ? 1 : 0, " Reboot=0 ExitCode=", FormatExit(job.exit_status)));
  lines.push_back(absl::StrCat(
      "RunTime=", Duration(run_time),
      " TimeLimit=", Duration(job.time_limit_minutes * 60), " TimeMin=N/A"));
  lines.push_back(absl::StrCat("SubmitTime=", time(job.submit),
                               " EligibleTime=", time(job.eligible)));
  lines.push_back(absl::StrCat("AccrueTime=", time(job.eligible)));
  lines.push_back(absl::StrCat("StartTime=", time(start),
                               " EndTime=", time(end), " Deadline=N/A"));
  lines.push_back(
      absl::StrCat("SuspendTime=None SecsPreSuspend=0 "
                   "LastSchedEval=",
                   time(job.submit), " Scheduler=Main"));
  lines.push_back(absl::StrCat("Partition=", job.partition,
                               " AllocNode:Sid=localhost:1000"));
  lines.push_back("ReqNodeList=(null) ExcNodeList=(null)");
  lines.push_back(absl::StrCat("NodeList=", job.batch_host));
  if (!job.batch_host.empty()) {
    lines.push_back(absl::StrCat("BatchHost=", job.batch_host));
  }
  lines.push_back(
      "NumNodes=1 NumCPUs=1 NumTasks=1 CPUs/Task=1 ReqB:S:C:T=0:0:*:*");
  lines.push_back("TRES=cpu=1,mem=10M,node=1,billing=1");
  lines.push_back("Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=*");
  lines.push_back("MinCPUsNode=1 MinMemoryCPU=10M MinTmpDiskNode=0");
  lines.push_back("Features=(null) DelayBoot=00:00:00");
  lines.push_back(
      "OverSubscribe=OK Contiguous=0 Licenses=(null) Network=(null)");
  lines.push_back(absl::StrCat("Command=", OrNull(job.command)));
  lines.push_back(absl::StrCat("WorkDir=", job.work_dir));
  if (!job.comment.empty()) {
    lines.push_back(absl::StrCat("Comment=", job.comment, " "));
  }
  if (job.batch) {
    lines.push_back(absl::StrCat(
        "StdErr=",
        ScontrolPath(job, job.stderr_pattern.empty() ? job.stdout_pattern
                                                     : job.stderr_pattern)));
    lines.push_back("StdIn=/dev/null");
    lines.push_back(
        absl::StrCat("StdOut=", ScontrolPath(job, job.stdout_pattern)));
  }
  lines.push_back("Power=");
  lines.push_back("");
  return absl::StrCat(absl::StrJoin(lines, one_line ? " " : "\n   "),
                      one_line ? "\n" : "\n\n");
}

}  // namespace smon::slurm_standin
