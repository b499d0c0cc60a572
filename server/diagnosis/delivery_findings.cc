#include "server/diagnosis/delivery_findings.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace smon {
namespace {

using Diagnosed = v1::Diagnosis;

// What a job's end may lie in the future before the clocks are to blame.
constexpr absl::Duration kClockSlack = absl::Seconds(30);

// The newest job that is in this trouble, of `jobs`.
absl::StatusOr<LogTrouble> ReadTrouble(Store* store, PathProblem problem,
                                       const JobCounts& counts) {
  LogTrouble trouble;
  const auto found = counts.by_problem.find(problem);
  trouble.jobs = found == counts.by_problem.end() ? 0 : found->second;
  if (trouble.jobs == 0) return trouble;
  JobQuery query;
  query.filter.problems = {problem};
  query.limit = 1;
  SMON_ASSIGN_OR_RETURN(const JobPage page, store->ListJobs(query));
  if (page.jobs.empty()) return trouble;  // it has passed
  const Job& job = page.jobs.front();
  trouble.job_id = job.record.job_id;
  trouble.log_path = job.log.path;
  trouble.error = job.delivery.error;
  return trouble;
}

std::string TroubleText(const LogTrouble& trouble, const std::string& what) {
  std::string text =
      absl::StrCat(trouble.jobs, trouble.jobs == 1 ? " log " : " logs ", what);
  if (trouble.job_id.empty()) return text;
  absl::StrAppend(&text, ", e.g. ",
                  trouble.log_path.empty() ? "" : trouble.log_path + " ",
                  "of job ", trouble.job_id);
  if (!trouble.error.empty()) absl::StrAppend(&text, " (", trouble.error, ")");
  return text;
}

Finding Attrsvc(const DeliveryFacts& facts) {
  if (facts.answer.ok()) {
    return {
        "attrsvc", Diagnosed::OK,
        absl::StrCat(facts.attrsvc, " answers",
                     facts.questions_block
                         ? "; it analyses a log when its result is asked for"
                         : ""),
        ""};
  }
  return {"attrsvc", Diagnosed::FAILURE, std::string(facts.answer.message()),
          absl::StrCat("start attrsvc, or name the right one with "
                       "--attrsvc_url (now ",
                       facts.attrsvc, "); logs wait for it meanwhile")};
}

Finding LogRoot(const DeliveryFacts& facts) {
  const LogTrouble& trouble = facts.not_permitted;
  if (trouble.jobs == 0) {
    return {"log_root", Diagnosed::OK,
            "attrsvc refused no log for where it is or who may read it", ""};
  }
  return {"log_root", Diagnosed::WARNING,
          TroubleText(trouble, "may not be read by attrsvc"),
          "let attrsvc's allowed root hold the jobs' logs and its user read "
          "them; then 'smonctl resubmit --problem=permission_denied'"};
}

Finding Logs(const DeliveryFacts& facts) {
  const LogTrouble& trouble = facts.not_found;
  if (trouble.jobs == 0) {
    return {"logs", Diagnosed::OK, "attrsvc finds the logs", ""};
  }
  return {"logs", Diagnosed::WARNING,
          TroubleText(trouble, "cannot be seen by attrsvc"),
          "mount the jobs' file systems on attrsvc's host under the same "
          "paths, or find out who removes logs; then 'smonctl resubmit "
          "--problem=not_found'"};
}

Finding LogPaths(const DeliveryFacts& facts) {
  const LogTrouble& trouble = facts.unresolved;
  if (trouble.jobs == 0) {
    return {"log_paths", Diagnosed::OK, "every job's log path could be told",
            ""};
  }
  return {"log_paths", Diagnosed::WARNING,
          TroubleText(trouble, "whose path could not be told"),
          "keep MinJobAge above --interval, or set "
          "AccountingStoreFlags=job_script in slurm.conf"};
}

Finding SlurmClock(const DeliveryFacts& facts) {
  if (facts.newest_end == absl::InfinitePast()) {
    return {"slurm_clock", Diagnosed::OK, "no job has ended yet", ""};
  }
  const absl::Duration ahead = facts.newest_end - facts.now;
  if (ahead <= kClockSlack) {
    return {"slurm_clock", Diagnosed::OK, "no job ended in the future", ""};
  }
  return {
      "slurm_clock", Diagnosed::WARNING,
      absl::StrCat("a job ended ",
                   absl::FormatDuration(absl::Trunc(ahead, absl::Seconds(1))),
                   " from now: the clock of slurmctld's host is ahead"),
      "let NTP set the clocks of slurmctld's host and of smonsvc's"};
}

}  // namespace

absl::Status AddLogFacts(Store* store, DeliveryFacts* facts) {
  SMON_ASSIGN_OR_RETURN(const JobCounts counts, store->CountJobs());
  SMON_ASSIGN_OR_RETURN(
      facts->not_permitted,
      ReadTrouble(store, PathProblem::kPermissionDenied, counts));
  SMON_ASSIGN_OR_RETURN(facts->not_found,
                        ReadTrouble(store, PathProblem::kNotFound, counts));
  SMON_ASSIGN_OR_RETURN(
      facts->unresolved,
      ReadTrouble(store, PathProblem::kUnexpandedPattern, counts));
  JobQuery query;
  query.order = JobOrder::kEndTimeDesc;
  query.filter.ended_after = facts->now;
  query.limit = 1;
  SMON_ASSIGN_OR_RETURN(const JobPage late, store->ListJobs(query));
  if (!late.jobs.empty()) {
    facts->newest_end = late.jobs.front().ended_at;
  } else if (counts.ended > 0) {
    facts->newest_end = facts->now;
  }
  return absl::OkStatus();
}

Findings DeliveryFindings(const DeliveryFacts& facts) {
  return {Attrsvc(facts), LogRoot(facts), Logs(facts), LogPaths(facts),
          SlurmClock(facts)};
}

}  // namespace smon
