#include "server/store/job_counts.h"

#include "absl/strings/str_cat.h"
#include "server/store/bind.h"
#include "server/store/conditions.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

void Add(const JobKind& kind, JobCounts* counts) {
  counts->by_state[kind.state] += kind.jobs;
  counts->by_phase[kind.phase] += kind.jobs;
  if (kind.problem != PathProblem::kNone) {
    counts->by_problem[kind.problem] += kind.jobs;
  }
  counts->total += kind.jobs;
  if (slurm::IsEnded(kind.state)) counts->ended += kind.jobs;
  if ((kind.facts & kHasLogPath) != 0) counts->with_log_path += kind.jobs;
  if ((kind.facts & kSent) != 0) counts->submitted += kind.jobs;
  if ((kind.facts & kAccepted) != 0) counts->accepted += kind.jobs;
  if ((kind.facts & kHasVerdict) != 0) counts->with_verdict += kind.jobs;
}

}  // namespace

void CountChanges::Change(const JobRow& row, int64_t by) {
  const auto kind =
      std::tie(row.cluster, row.state, row.phase, row.problem, row.facts);
  if (last_ == changes_.end() || last_->first != kind) {
    last_ = changes_.try_emplace(Kind(kind)).first;
  }
  last_->second += by;
}

void CountChanges::Write(soci::session& session) {
  Kind kind;
  int64_t by = 0;
  soci::statement upsert =
      (session.prepare
           << "INSERT INTO job_counts "
              "(cluster, state, phase, problem, facts, jobs) "
              "VALUES (:cluster, :state, :phase, :problem, :facts, :jobs) "
              "ON CONFLICT (cluster, state, phase, problem, facts) "
              "DO UPDATE SET jobs = job_counts.jobs + excluded.jobs",
       soci::use(std::get<0>(kind), "cluster"),
       soci::use(std::get<1>(kind), "state"),
       soci::use(std::get<2>(kind), "phase"),
       soci::use(std::get<3>(kind), "problem"),
       soci::use(std::get<4>(kind), "facts"), soci::use(by, "jobs"));
  for (const auto& [changed, difference] : changes_) {
    if (difference == 0) continue;
    kind = changed;
    by = difference;
    upsert.execute(true);
  }
  changes_.clear();
  last_ = changes_.end();
}

std::vector<JobKind> ReadKinds(soci::session& session,
                               const std::string& cluster) {
  std::string state;
  int64_t phase = 0;
  int64_t problem = 0;
  JobKind kind;
  Conditions where;
  where.Add("jobs > 0");
  if (!cluster.empty()) {
    where.Add(absl::StrCat("cluster = ", where.Bind(cluster)));
  }
  soci::statement select(session);
  BindInto(state, &select);
  BindInto(phase, &select);
  BindInto(problem, &select);
  BindInto(kind.facts, &select);
  BindInto(kind.jobs, &select);
  where.BindTo(&select);
  PrepareOnce(
      absl::StrCat("SELECT state, phase, problem, facts, "
                   "CAST(SUM(jobs) AS BIGINT) FROM job_counts ",
                   where.sql(), " GROUP BY state, phase, problem, facts"),
      &select);
  std::vector<JobKind> kinds;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    kind.state = StateFromName(state);
    kind.phase = static_cast<Phase>(phase);
    kind.problem = static_cast<PathProblem>(problem);
    kinds.push_back(kind);
  }
  return kinds;
}

bool IsOnlyCluster(soci::session& session, const std::string& cluster) {
  int jobs = 0;
  session << "SELECT 1 FROM job_counts WHERE jobs > 0 AND cluster <> :cluster "
             "LIMIT 1",
      soci::into(jobs), soci::use(cluster, "cluster");
  return !session.got_data();
}

JobCounts ReadCounts(soci::session& session, const std::string& cluster) {
  JobCounts counts;
  for (const JobKind& kind : ReadKinds(session, cluster)) Add(kind, &counts);
  return counts;
}

std::map<std::string, JobCounts> ReadCountsByCluster(soci::session& session) {
  std::string cluster;
  std::string state;
  int64_t phase = 0;
  int64_t problem = 0;
  JobKind kind;
  soci::statement select =
      (session.prepare << "SELECT cluster, state, phase, problem, facts, jobs "
                          "FROM job_counts WHERE jobs > 0",
       soci::into(cluster), soci::into(state), soci::into(phase),
       soci::into(problem), soci::into(kind.facts), soci::into(kind.jobs));
  std::map<std::string, JobCounts> counts;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    kind.state = StateFromName(state);
    kind.phase = static_cast<Phase>(phase);
    kind.problem = static_cast<PathProblem>(problem);
    Add(kind, &counts[cluster]);
  }
  return counts;
}

}  // namespace smon
