#ifndef SMON_SLURM_REST_REST_ACCOUNTING_H_
#define SMON_SLURM_REST_REST_ACCOUNTING_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "slurm/job_selection.h"
#include "slurm/rest/byte_source.h"
#include "slurm/rest/rest_jobs.h"

namespace smon::slurm {

// The path and query that ask for every run that ended between `since` and
// `until` (InfiniteFuture: now). Times
// are epoch seconds ("uts", seen on 22.05), so that slurmrestd's time zone does
// not matter. slurmrestd 22.05 takes no comma in a query that is not escaped.
std::string RestAccountingTarget(int api_version, const JobSelection& selection,
                                 absl::Time since, absl::Time until);

// Reads the answer to it. Left out: runs that have not ended, rows that
// accounting has not filled in yet; and, counted, those that are no news, array
// summaries and malformed records. A pure function.
//
// Seen on slurmrestd 22.05 (v0.0.36 to 38): every run of a requeued job is
// there; the exit code is 0 whatever it was (see ReadExitStatus()); there is
// neither a command line nor an output pattern, and nothing tells a batch job;
// `user` is null for a user without an association, and "users" is no
// parameter, so that users are selected here. v0.0.36 and 37 take states by
// number only. An empty result is an error 9003.
//
// From Slurm's source, not seen: submit_line since v0.0.39, show_duplicates
// needed since v0.0.40, stdout since v0.0.41.
absl::StatusOr<RestJobs> ReadRestAccounting(ByteSource* source, int api_version,
                                            const JobSelection& selection,
                                            IsNews is_news);

// For the stored batch scripts of these jobs, by displayed id; empty where the
// API has none (before v0.0.41).
std::string RestScriptsTarget(int api_version,
                              const std::vector<std::string>& job_ids);

struct RestScripts {
  std::map<std::string, std::string> scripts;  // by displayed id
  RestAnswer answer;
};

// Reads the answer to it. From Slurm's source, not seen.
absl::StatusOr<RestScripts> ReadRestScripts(ByteSource* source);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_ACCOUNTING_H_
