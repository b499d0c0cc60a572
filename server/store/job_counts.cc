#include "server/store/job_counts.h"

#include "slurm/job_state.h"

namespace smon {

void CountChanges::Change(const JobRow& row, int64_t by) {
  const auto kind = std::tie(row.state, row.phase, row.problem, row.facts);
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
           << "INSERT INTO job_counts (state, phase, problem, facts, jobs) "
              "VALUES (:state, :phase, :problem, :facts, :jobs) "
              "ON CONFLICT (state, phase, problem, facts) "
              "DO UPDATE SET jobs = job_counts.jobs + excluded.jobs",
       soci::use(std::get<0>(kind), "state"),
       soci::use(std::get<1>(kind), "phase"),
       soci::use(std::get<2>(kind), "problem"),
       soci::use(std::get<3>(kind), "facts"), soci::use(by, "jobs"));
  for (const auto& [changed, difference] : changes_) {
    if (difference == 0) continue;
    kind = changed;
    by = difference;
    upsert.execute(true);
  }
  changes_.clear();
  last_ = changes_.end();
}

std::vector<JobKind> ReadKinds(soci::session& session) {
  std::string state;
  int64_t phase = 0;
  int64_t problem = 0;
  JobKind kind;
  soci::statement select =
      (session.prepare << "SELECT state, phase, problem, facts, jobs "
                          "FROM job_counts WHERE jobs > 0",
       soci::into(state), soci::into(phase), soci::into(problem),
       soci::into(kind.facts), soci::into(kind.jobs));
  std::vector<JobKind> kinds;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    kind.state = StateFromName(state);
    kind.phase = static_cast<Phase>(phase);
    kind.problem = static_cast<PathProblem>(problem);
    kinds.push_back(kind);
  }
  return kinds;
}

JobCounts ReadCounts(soci::session& session) {
  JobCounts counts;
  for (const JobKind& kind : ReadKinds(session)) {
    counts.by_state[kind.state] += kind.jobs;
    counts.by_phase[kind.phase] += kind.jobs;
    if (kind.problem != PathProblem::kNone) {
      counts.by_problem[kind.problem] += kind.jobs;
    }
    counts.total += kind.jobs;
    if (slurm::IsEnded(kind.state)) counts.ended += kind.jobs;
    if ((kind.facts & kHasLogPath) != 0) counts.with_log_path += kind.jobs;
    if ((kind.facts & kSent) != 0) counts.submitted += kind.jobs;
    if ((kind.facts & kAccepted) != 0) counts.accepted += kind.jobs;
    if ((kind.facts & kHasVerdict) != 0) counts.with_verdict += kind.jobs;
  }
  return counts;
}

}  // namespace smon
