#include "testing/slurm_standin/job_text.h"

#include <pwd.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace smon::slurm_standin {
namespace {

constexpr StateName kStates[] = {
    {"PENDING", "PD"},       {"RUNNING", "R"},      {"SUSPENDED", "S"},
    {"COMPLETED", "CD"},     {"CANCELLED", "CA"},   {"FAILED", "F"},
    {"TIMEOUT", "TO"},       {"NODE_FAIL", "NF"},   {"PREEMPTED", "PR"},
    {"BOOT_FAIL", "BF"},     {"DEADLINE", "DL"},    {"OUT_OF_MEMORY", "OOM"},
    {"COMPLETING", "CG"},    {"CONFIGURING", "CF"}, {"RESIZING", "RS"},
    {"RESV_DEL_HOLD", "RD"}, {"REQUEUED", "RQ"},    {"REQUEUE_FED", "RF"},
    {"REQUEUE_HOLD", "RH"},  {"REVOKED", "RV"},     {"SIGNALING", "SI"},
    {"SPECIAL_EXIT", "SE"},  {"STAGE_OUT", "SO"},   {"STOPPED", "ST"},
};

// The size of squeue's own buffer for an id, and of the task list in it.
constexpr size_t kIdBytes = 31;
constexpr int kDefaultListBytes = 64;

}  // namespace

const StateName* FindState(absl::string_view text) {
  for (const StateName& state : kStates) {
    if (absl::EqualsIgnoreCase(text, state.name) ||
        absl::EqualsIgnoreCase(text, state.compact)) {
      return &state;
    }
  }
  return nullptr;
}

absl::string_view CompactState(absl::string_view state) {
  const StateName* found = FindState(state);
  return found == nullptr ? state : found->compact;
}

std::string FormatTime(const Call& call, int64_t time,
                       absl::string_view missing) {
  if (time == 0) return std::string(missing);
  std::string format = call.Env("SLURM_TIME_FORMAT");
  if (format == "%s") return absl::StrCat(time);
  if (format.empty() || format == "standard") format = "%Y-%m-%dT%H:%M:%S";
  const time_t seconds = time;
  struct tm local;
  localtime_r(&seconds, &local);
  char text[256];
  const size_t length = strftime(text, sizeof(text), format.c_str(), &local);
  return std::string(text, length);
}

std::string FormatMinutesSeconds(int64_t seconds) {
  const int64_t days = seconds / 86400;
  const int64_t hours = seconds / 3600 % 24;
  const int64_t minutes = seconds / 60 % 60;
  if (days > 0) {
    return absl::StrFormat("%d-%02d:%02d:%02d", days, hours, minutes,
                           seconds % 60);
  }
  if (hours > 0) {
    return absl::StrFormat("%d:%02d:%02d", hours, minutes, seconds % 60);
  }
  return absl::StrFormat("%d:%02d", minutes, seconds % 60);
}

std::string CutTaskList(const Call& call, absl::string_view summary) {
  int limit = 0;
  if (!absl::SimpleAtoi(call.Env("SLURM_BITSTR_LEN"), &limit)) {
    limit = kDefaultListBytes;
  }
  const size_t percent = summary.find('%');
  const absl::string_view list = summary.substr(0, percent);
  // The limit counts a closing NUL, and one more byte stays unused.
  if (limit <= 0 || list.size() + 3 <= static_cast<size_t>(limit)) {
    return std::string(summary);
  }
  const absl::string_view throttle =
      percent == absl::string_view::npos ? "" : summary.substr(percent);
  return absl::StrCat(list.substr(0, std::max(limit - 4, 0)), "...", throttle);
}

std::string DisplayId(const Call& call, const Job& job) {
  if (!job.array_summary.empty()) {
    std::string id = absl::StrCat(job.array_job_id.value_or(job.raw_id), "_[",
                                  CutTaskList(call, job.array_summary), "]");
    // squeue only; sacct's buffer has room.
    if (call.program == "squeue" && call.Env("SLURM_BITSTR_LEN").empty()) {
      id.resize(std::min(id.size(), kIdBytes));
    }
    return id;
  }
  if (job.array_task_id.has_value()) {
    return absl::StrCat(job.array_job_id.value_or(job.raw_id), "_",
                        *job.array_task_id);
  }
  if (job.het_job_id.has_value()) {
    return absl::StrCat(*job.het_job_id, "+", job.het_offset);
  }
  return absl::StrCat(job.raw_id);
}

std::vector<int64_t> ExpandTaskList(absl::string_view summary) {
  std::vector<int64_t> tasks;
  const absl::string_view list = summary.substr(0, summary.find('%'));
  for (absl::string_view part : absl::StrSplit(list, ',')) {
    const std::vector<absl::string_view> range_step = absl::StrSplit(part, ':');
    const std::vector<absl::string_view> range =
        absl::StrSplit(range_step[0], '-');
    int64_t first = 0;
    int64_t step = 1;
    if (!absl::SimpleAtoi(range[0], &first)) continue;
    int64_t last = first;
    if (range.size() > 1) (void)absl::SimpleAtoi(range[1], &last);
    if (range_step.size() > 1) (void)absl::SimpleAtoi(range_step[1], &step);
    for (int64_t task = first; task <= last; task += std::max<int64_t>(step, 1))
      tasks.push_back(task);
  }
  return tasks;
}

std::string FormatExit(int64_t wait_status) {
  const int status = static_cast<int>(wait_status);
  if (WIFSIGNALED(status)) return absl::StrCat("0:", WTERMSIG(status));
  return absl::StrCat(WEXITSTATUS(status), ":0");
}

int64_t UserId(const State& state, const std::string& user) {
  const auto it = state.users.find(user);
  if (it != state.users.end()) return it->second;
  const struct passwd* entry = getpwnam(user.c_str());
  return entry != nullptr ? entry->pw_uid : 65534;
}

std::optional<std::string> FindUser(const State& state,
                                    const std::string& name_or_id) {
  int64_t id = 0;
  if (absl::SimpleAtoi(name_or_id, &id)) {
    for (const auto& [name, user_id] : state.users) {
      if (user_id == id) return name;
    }
    const struct passwd* entry = getpwuid(static_cast<uid_t>(id));
    return entry != nullptr ? entry->pw_name : name_or_id;
  }
  if (state.users.count(name_or_id) > 0) return name_or_id;
  if (getpwnam(name_or_id.c_str()) != nullptr) return name_or_id;
  for (const Job& job : state.jobs) {
    if (job.user == name_or_id) return name_or_id;
  }
  return std::nullopt;
}

std::optional<JobSelector> ParseJobSelector(absl::string_view text) {
  JobSelector selector;
  int64_t part = 0;
  const size_t mark = text.find_first_of("_+");
  if (!absl::SimpleAtoi(text.substr(0, mark), &selector.id) ||
      selector.id <= 0) {
    return std::nullopt;
  }
  if (mark == absl::string_view::npos) return selector;
  if (!absl::SimpleAtoi(text.substr(mark + 1), &part) || part < 0) {
    return std::nullopt;
  }
  (text[mark] == '_' ? selector.array_task : selector.het_offset) = part;
  return selector;
}

bool Selects(const JobSelector& selector, const Job& job) {
  if (selector.array_task.has_value()) {
    if (job.array_job_id != selector.id) return false;
    if (job.array_summary.empty()) {
      return job.array_task_id == selector.array_task;
    }
    const std::vector<int64_t> tasks = ExpandTaskList(job.array_summary);
    return std::count(tasks.begin(), tasks.end(), *selector.array_task) > 0;
  }
  if (selector.het_offset.has_value()) {
    return job.het_job_id == selector.id &&
           job.het_offset == *selector.het_offset;
  }
  return job.raw_id == selector.id || job.array_job_id == selector.id ||
         job.het_job_id == selector.id;
}

std::string UnexpandedPath(const Job& job, absl::string_view pattern) {
  if (absl::StartsWith(pattern, "/")) return std::string(pattern);
  if (pattern.empty()) {
    return absl::StrCat(job.work_dir, "/slurm-", job.raw_id, ".out");
  }
  return absl::StrCat(job.work_dir, "/", pattern);
}

}  // namespace smon::slurm_standin
