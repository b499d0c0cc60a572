#ifndef SMON_SERVER_STORE_JOB_COUNTS_H_
#define SMON_SERVER_STORE_JOB_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "server/monitor/store.h"
#include "server/store/job_row.h"
#include "slurm/job_state.h"
#include "soci/soci.h"

namespace smon {

// What one transaction changes in the table job_counts: how many jobs each
// cluster has of each state, phase, problem and facts. Not thread-safe.
class CountChanges {
 public:
  void Add(const JobRow& row) { Change(row, 1); }
  void Remove(const JobRow& row) { Change(row, -1); }

  // Writes them, and forgets them. Throws what SOCI throws.
  void Write(soci::session& session);

 private:
  using Kind = std::tuple<std::string, std::string, int64_t, int64_t, int64_t>;

  void Change(const JobRow& row, int64_t by);

  std::map<Kind, int64_t> changes_;
  // Of the row before; most are of the same kind as their neighbour.
  std::map<Kind, int64_t>::iterator last_ = changes_.end();
};

// Jobs of one kind.
struct JobKind {
  slurm::JobState state = slurm::JobState::kOther;
  Phase phase = Phase::kWaiting;
  PathProblem problem = PathProblem::kNone;
  int64_t facts = 0;
  int64_t jobs = 0;
};

// The kinds that the cluster has any jobs of, in the caller's transaction; an
// empty name stands for all clusters. Throws what SOCI throws.
std::vector<JobKind> ReadKinds(soci::session& session,
                               const std::string& cluster);

// CountJobs, in the caller's transaction. Throws what SOCI throws.
JobCounts ReadCounts(soci::session& session, const std::string& cluster);

// CountJobsByCluster, in the caller's transaction. Throws what SOCI throws.
std::map<std::string, JobCounts> ReadCountsByCluster(soci::session& session);

// Whether all jobs are the cluster's, in the caller's transaction. Throws what
// SOCI throws.
bool IsOnlyCluster(soci::session& session, const std::string& cluster);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_COUNTS_H_
