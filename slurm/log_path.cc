#include "slurm/log_path.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/utf8.h"
#include "slurm/filename_pattern.h"
#include "slurm/sbatch_options.h"

namespace smon::slurm {
namespace {

using Answer = OutputOption::Answer;

LogPath NoLog(std::string why) {
  LogPath log;
  log.problem = LogPathProblem::kNoLog;
  log.error = std::move(why);
  return log;
}

LogPath Unresolved(std::string why) {
  LogPath log;
  log.problem = LogPathProblem::kUnresolved;
  log.error = std::move(why);
  return log;
}

// What was said about the output, and by whom; or, with no source, why nothing
// can be told.
struct Pattern {
  LogPathSource source = LogPathSource::kNone;
  std::string text;
  std::string error;
  bool needs_script = false;
};

// sbatch's default name, in the job's folder, no part of which is expanded.
std::string DefaultName(const JobRecord& job) {
  if (job.array_task_id.has_value()) {
    return absl::StrCat("slurm-", job.array_job_id, "_", *job.array_task_id,
                        ".out");
  }
  return absl::StrCat("slurm-", job.raw_id, ".out");
}

// For a job without --output, squeue makes up a name from the raw id. slurmd
// does not: it takes DefaultName().
bool IsSqueueDefault(const JobRecord& job) {
  return job.stdout_pattern ==
             absl::StrCat(job.work_dir, "/slurm-", job.raw_id, ".out") ||
         job.stdout_pattern ==
             absl::StrCat(job.work_dir, "/", DefaultName(job));
}

Pattern FromScript(absl::string_view script) {
  OutputOption in_script = OutputFromScript(script);
  Pattern pattern;
  switch (in_script.answer) {
    case Answer::kPresent:
      pattern.source = LogPathSource::kBatchScript;
      pattern.text = std::move(in_script.pattern);
      break;
    case Answer::kAbsent:
      pattern.source = LogPathSource::kDefault;
      break;
    case Answer::kAmbiguous:
      pattern.error = "the #SBATCH lines of the stored script are ambiguous";
      break;
  }
  return pattern;
}

// What the job's own text says: its command line, then its script.
Pattern FromSubmission(const JobRecord& job, absl::string_view script) {
  Pattern pattern;
  if (job.submit_line.empty()) {
    pattern.error =
        "accounting has neither the job's output pattern nor its command line";
    return pattern;
  }
  OutputOption in_line = OutputFromSubmitLine(job.submit_line, job.name);
  if (in_line.answer == Answer::kAmbiguous) {
    pattern.error =
        "the sbatch command line in accounting can be read in several ways";
    return pattern;
  }
  if (in_line.answer == Answer::kPresent) {
    pattern.source = LogPathSource::kSubmitLine;
    pattern.text = std::move(in_line.pattern);
    return pattern;
  }
  if (in_line.is_wrapped) {
    pattern.source = LogPathSource::kDefault;
    return pattern;
  }
  if (!script.empty()) return FromScript(script);
  pattern.needs_script = true;
  pattern.error =
      "the job left slurmctld before it was seen, and its script is not "
      "stored; AccountingStoreFlags=job_script in slurm.conf would help";
  return pattern;
}

Pattern FindPattern(const JobRecord& job, absl::string_view script) {
  Pattern pattern;
  if (job.stdout_pattern.empty()) {
    pattern = FromSubmission(job, script);
    // sbatch makes /dev/null of it before Slurm gets to see the pattern.
    if (absl::EqualsIgnoreCase(pattern.text, "none")) {
      pattern.text = "/dev/null";
    }
    return pattern;
  }
  pattern.source =
      job.from_accounting ? LogPathSource::kSacct : LogPathSource::kSqueue;
  pattern.text = job.stdout_pattern;
  return pattern;
}

// %b came with Slurm 23.02.
std::optional<bool> HasModuloPattern(absl::string_view slurm_version) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(slurm_version, '.');
  int major;
  int minor;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return std::nullopt;
  }
  return major > 23 || (major == 23 && minor >= 2);
}

// Accounting shows what it cannot store as '?', and '"' as a backtick.
bool MayBeAltered(const JobRecord& job, absl::string_view text,
                  absl::string_view replacements) {
  return job.from_accounting &&
         text.find_first_of(replacements) != absl::string_view::npos;
}

PatternValues ValuesOf(const JobRecord& job, absl::string_view slurm_version) {
  PatternValues values;
  values.job_id = job.raw_id;
  values.array_job_id =
      job.array_task_id.has_value() ? job.array_job_id : job.raw_id;
  values.array_task_id = job.array_task_id.value_or(kNoArrayTask);
  if (!job.batch_host.empty()) {
    values.host = job.batch_host.substr(0, job.batch_host.find('.'));
  }
  // A number is a user whose name is not known on this host.
  if (!std::all_of(job.user.begin(), job.user.end(), absl::ascii_isdigit)) {
    values.user = job.user;
  }
  // A script read from standard input has no name, and the job is called
  // "sbatch"; but %x is what SLURM_JOB_NAME was there, or "(null)".
  const bool name_is_sure =
      !MayBeAltered(job, job.name, "?`") &&
      !(job.from_accounting && job.name == "allocation") &&
      job.name != "sbatch";
  if (name_is_sure) values.job_name = job.name;
  values.has_modulo_pattern = HasModuloPattern(slurm_version);
  return values;
}

// `name` below the job's folder, unless it is absolute.
std::string InWorkDir(const JobRecord& job, absl::string_view name) {
  if (absl::StartsWith(name, "/")) return std::string(name);
  const bool needs_slash =
      !job.work_dir.empty() && !absl::EndsWith(job.work_dir, "/");
  return absl::StrCat(job.work_dir, needs_slash ? "/" : "", name);
}

// The file of this pattern; the status says what is missing.
absl::StatusOr<std::string> Expand(const JobRecord& job, const Pattern& pattern,
                                   absl::string_view slurm_version) {
  const bool is_default =
      pattern.source == LogPathSource::kDefault ||
      (pattern.source == LogPathSource::kSqueue && IsSqueueDefault(job));
  if (is_default) return InWorkDir(job, DefaultName(job));
  // Slurm makes a pattern absolute first and expands all of it, the job's
  // folder too.
  return ExpandFilenamePattern(InWorkDir(job, pattern.text),
                               ValuesOf(job, slurm_version));
}

// Whether the path names no file that keeps what is written: "/dev/stdout" is
// slurmstepd's, and for who reads it later something else. /dev/shm has files.
bool IsDevice(absl::string_view path) {
  std::vector<absl::string_view> parts =
      absl::StrSplit(path, '/', absl::SkipEmpty());
  parts.erase(std::remove(parts.begin(), parts.end(), "."), parts.end());
  const bool goes_up = std::count(parts.begin(), parts.end(), "..") > 0;
  if (parts.empty() || goes_up) return false;
  if (parts[0] == "proc") return true;
  return parts[0] == "dev" && (parts.size() < 2 || parts[1] != "shm");
}

// Whether another task of the array, on the same host, has the same file.
bool IsSharedByArray(const JobRecord& job, const Pattern& pattern,
                     absl::string_view slurm_version, absl::string_view path) {
  if (!job.array_task_id.has_value()) return false;
  JobRecord other = job;
  const auto neighbour = [](int64_t id) { return id > 0 ? id - 1 : 1; };
  other.array_task_id = neighbour(*job.array_task_id);
  other.raw_id = neighbour(job.raw_id);
  const absl::StatusOr<std::string> its = Expand(other, pattern, slurm_version);
  return its.ok() && *its == path;
}

LogPath ResolveOwn(const JobRecord& job, absl::string_view script,
                   absl::string_view slurm_version) {
  if (job.is_batch.has_value() && !*job.is_batch) {
    return NoLog("the job was started with srun or salloc, which write no log");
  }
  // What is known of a kFinished job is from before its end, and a run that was
  // requeued or preempted did run.
  if (!job.start_time.has_value() && job.state != JobState::kFinished &&
      job.state != JobState::kRequeued && job.state != JobState::kPreempted) {
    return NoLog("the job ended before it started");
  }
  if (job.output_failed) {
    return NoLog("Slurm could not open the job's output file");
  }
  const Pattern pattern = FindPattern(job, script);
  if (pattern.source == LogPathSource::kNone) {
    LogPath log = Unresolved(pattern.error);
    log.needs_script = pattern.needs_script;
    return log;
  }
  if (MayBeAltered(job, pattern.text, "?") ||
      MayBeAltered(job, job.work_dir, "?")) {
    return Unresolved(
        "the path in accounting has a '?', which may stand for a byte that "
        "accounting cannot store");
  }
  const absl::StatusOr<std::string> path = Expand(job, pattern, slurm_version);
  if (!path.ok()) return Unresolved(std::string(path.status().message()));
  if (!absl::StartsWith(*path, "/")) {
    return Unresolved(absl::StrCat("'", ToPrintable(*path),
                                   "' is relative to a folder that is not "
                                   "known"));
  }
  if (IsDevice(*path)) {
    return NoLog(absl::StrCat("the job's output goes to ", ToPrintable(*path)));
  }
  if (absl::EndsWith(*path, "/")) {
    return NoLog(absl::StrCat("the job's output path '", ToPrintable(*path),
                              "' is a folder, so Slurm could not write it"));
  }
  if (!IsValidUtf8(*path)) {
    return Unresolved(absl::StrCat("the path '", ToPrintable(*path),
                                   "' is not valid UTF-8; JSON cannot carry "
                                   "it"));
  }
  if (absl::StrContains(*path, absl::string_view("\0", 1))) {
    return Unresolved(absl::StrCat("the path '", ToPrintable(*path),
                                   "' holds a NUL, which no path can"));
  }
  LogPath log;
  log.path = *path;
  log.source = pattern.source;
  log.shared_by_array = IsSharedByArray(job, pattern, slurm_version, *path);
  return log;
}

}  // namespace

LogPath ResolveLogPath(const JobRecord& job, const JobRecord* het_leader,
                       absl::string_view script,
                       absl::string_view slurm_version) {
  if (job.het_offset.value_or(0) == 0) {
    return ResolveOwn(job, script, slurm_version);
  }
  if (het_leader == nullptr) {
    return Unresolved(absl::StrCat(
        "the job writes to the log of ", job.het_job_id,
        "+0, which is not known; is its partition among those watched?"));
  }
  return ResolveOwn(*het_leader, script, slurm_version);
}

}  // namespace smon::slurm
