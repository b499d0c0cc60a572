#include "server/store/resubmit.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/error_reason.h"
#include "common/status_macros.h"
#include "server/store/history.h"
#include "server/store/job_query.h"
#include "server/store/job_row.h"
#include "server/store/job_table.h"
#include "server/store/request_table.h"
#include "server/store/shared_log.h"

namespace smon {
namespace {

// Jobs that one transaction resubmits: some ten milliseconds, so that a poll's
// commit need not wait for longer.
constexpr int64_t kJobsAtOnce = 250;

constexpr int64_t kWaiting = static_cast<int64_t>(Phase::kWaiting);
constexpr int64_t kPending = static_cast<int64_t>(Phase::kPending);

// What a resubmission makes of the log of this job.
ResubmitOutcome OutcomeFor(int64_t phase, bool has_log) {
  if (phase == kWaiting) return ResubmitOutcome::kNotEnded;
  if (!has_log) return ResubmitOutcome::kNoLog;
  return phase == kPending ? ResubmitOutcome::kAlreadyPending
                           : ResubmitOutcome::kResubmitted;
}

// Whether a new start would be no different from what is going on.
bool IsFresh(const JobRow& row, int64_t now) {
  return row.phase == kPending && row.next_attempt <= now &&
         row.submit_attempts == 0 && row.result_attempts == 0 &&
         row.problem == static_cast<int64_t>(PathProblem::kNone);
}

void Count(ResubmitOutcome outcome, const std::string& job_id,
           ResubmitReport* report) {
  switch (outcome) {
    case ResubmitOutcome::kResubmitted:
      ++report->resubmitted;
      if (report->job_ids.size() < ResubmitReport::kMostListed) {
        report->job_ids.push_back(job_id);
      }
      break;
    case ResubmitOutcome::kAlreadyPending:
      ++report->already_pending;
      break;
    case ResubmitOutcome::kNotEnded:
      ++report->not_ended;
      break;
    case ResubmitOutcome::kNoLog:
      ++report->no_log;
      break;
    case ResubmitOutcome::kSharedLog:
      ++report->shared_log;
      break;
  }
}

// Of a request about one job.
ResubmitOutcome OutcomeOf(const ResubmitReport& report) {
  if (report.resubmitted > 0) return ResubmitOutcome::kResubmitted;
  if (report.already_pending > 0) return ResubmitOutcome::kAlreadyPending;
  return report.not_ended > 0 ? ResubmitOutcome::kNotEnded
                              : ResubmitOutcome::kNoLog;
}

// Resubmits jobs, one by one.
class Resubmitter {
 public:
  Resubmitter(soci::session& session, const ResubmitOrder& order, int64_t clock)
      : order_(order),
        due_(ToMicros(order.now)),
        table_(session, clock),
        history_(session, clock) {}

  // False when there is no such job. `owner` is the one whose log it is, as it
  // was before.
  bool Apply(int64_t job, ResubmitOutcome* outcome, JobRow* asked,
             JobRow* owner) {
    if (!FindWithOwner(&table_, job, asked, owner)) return false;
    *outcome = OutcomeFor(owner->phase, !owner->log_path.empty());
    if (*outcome == ResubmitOutcome::kResubmitted ||
        (*outcome == ResubmitOutcome::kAlreadyPending &&
         !IsFresh(*owner, due_))) {
      StartAnew(*owner);
    }
    return true;
  }

  bool Find(int64_t job, JobRow* row) { return table_.FindById(job, row); }
  void Expect(const std::vector<int64_t>& jobs) { table_.Expect(jobs); }
  void Finish() {
    table_.Finish();
    history_.Finish();
  }

 private:
  void StartAnew(const JobRow& before) {
    JobRow after = before;
    Delivery delivery;
    delivery.phase = Phase::kPending;
    SetDelivery(delivery, &after);
    after.next_attempt = due_;
    after.pending_since = due_;
    // What is in flight belongs to the generation before.
    after.resubmit_count = before.resubmit_count + 1;
    table_.Update(before, &after);
    UpdateFollowers(&table_, after);
    history_.Add(after.id, HistoryWriter::About::kLog, order_.history);
  }

  const ResubmitOrder& order_;
  const int64_t due_;
  JobTable table_;
  HistoryWriter history_;
};

absl::Status NoSuchJob(int64_t job) {
  return absl::NotFoundError(absl::StrCat("no job is stored under id ", job));
}

absl::Status TooMany(int64_t matching, int64_t max_jobs) {
  return Because(
      absl::FailedPreconditionError(absl::StrCat(
          "max_jobs: ", matching, " jobs match, and ", max_jobs,
          " are the most that may be resubmitted; nothing was changed. Narrow "
          "the filter, or raise max_jobs")),
      "TOO_MANY_JOBS");
}

}  // namespace

absl::StatusOr<ResubmitResult> ApplyResubmit(soci::session& session,
                                             int64_t job,
                                             const ResubmitOrder& order,
                                             int64_t clock) {
  Resubmitter resubmitter(session, order, clock);
  ResubmitResult result;
  Request request;
  JobRow row;
  if (!order.request_id.empty()) {
    SMON_ASSIGN_OR_RETURN(result.repeated,
                          FindRequest(session, order, &request));
  }
  if (result.repeated) {
    if (!resubmitter.Find(request.job, &row)) return NoSuchJob(request.job);
    result.outcome = OutcomeOf(request.report);
    result.job = ToJob(std::move(row));
    return result;
  }
  JobRow owner;
  if (!resubmitter.Apply(job, &result.outcome, &row, &owner)) {
    return NoSuchJob(job);
  }
  if (result.outcome == ResubmitOutcome::kNoLog) {
    return Because(absl::FailedPreconditionError(absl::StrCat(
                       "job ", owner.job_id, " has no log that could be sent",
                       owner.log_error.empty() ? "" : ": ", owner.log_error)),
                   "NO_LOG");
  }
  resubmitter.Finish();
  if (!order.request_id.empty()) {
    request.job = job;
    Count(result.outcome, row.job_id, &request.report);
    InsertRequest(session, order, {}, clock, &request);
  }
  if (resubmitter.Find(job, &row)) result.job = ToJob(std::move(row));
  return result;
}

absl::StatusOr<ResubmitPlan> PlanResubmit(soci::session& session,
                                          const JobFilter& filter,
                                          int64_t max_jobs) {
  SMON_ASSIGN_OR_RETURN(const JobMatches matches,
                        FindMatches(session, filter, max_jobs));
  if (matches.total > max_jobs) return TooMany(matches.total, max_jobs);
  int64_t id = 0;
  std::string job_id;
  int64_t owner = 0;
  int64_t phase = 0;
  std::string log_path;
  soci::statement select =
      (session.prepare
           << "SELECT j.job_id, o.id, o.phase, o.log_path FROM jobs AS j JOIN "
              "jobs AS o ON o.id = COALESCE(j.log_owner_id, j.id) "
              "WHERE j.id = :id",
       soci::into(job_id), soci::into(owner), soci::into(phase),
       soci::into(log_path), soci::use(id, "id"));
  ResubmitPlan plan;
  absl::flat_hash_set<int64_t> owners;
  for (const int64_t match : matches.ids) {
    id = match;
    if (!select.execute(true)) continue;
    ResubmitOutcome outcome = OutcomeFor(phase, !log_path.empty());
    if (outcome == ResubmitOutcome::kResubmitted ||
        outcome == ResubmitOutcome::kAlreadyPending) {
      if (owners.insert(owner).second) {
        plan.jobs.push_back(match);
      } else {
        outcome = ResubmitOutcome::kSharedLog;
      }
    }
    Count(outcome, job_id, &plan.preview);
  }
  return plan;
}

absl::StatusOr<ResubmitReport> StartResubmit(soci::session& session,
                                             const ResubmitPlan& plan,
                                             const ResubmitOrder& order,
                                             int64_t clock) {
  Request request;
  SMON_ASSIGN_OR_RETURN(const bool known,
                        FindRequest(session, order, &request));
  if (known) return request.report;
  // The others are counted when they are done, as they are then.
  request.report.not_ended = plan.preview.not_ended;
  request.report.no_log = plan.preview.no_log;
  request.report.shared_log = plan.preview.shared_log;
  InsertRequest(session, order, plan.jobs, clock, &request);
  return request.report;
}

absl::StatusOr<ResubmitReport> ContinueResubmit(soci::session& session,
                                                const ResubmitOrder& order,
                                                int64_t clock) {
  Request request;
  SMON_ASSIGN_OR_RETURN(const bool known,
                        FindRequest(session, order, &request));
  if (!known) {
    return absl::NotFoundError(absl::StrCat("no request ", order.request_id));
  }
  Resubmitter resubmitter(session, order, clock);
  ResubmitOutcome outcome;
  JobRow row;
  JobRow owner;
  const std::vector<int64_t> jobs = TakeJobs(session, kJobsAtOnce, &request);
  resubmitter.Expect(jobs);
  for (const int64_t job : jobs) {
    // A job that has been removed meanwhile is left out.
    if (resubmitter.Apply(job, &outcome, &row, &owner)) {
      Count(outcome, row.job_id, &request.report);
    }
  }
  resubmitter.Finish();
  UpdateReport(session, request);
  return request.report;
}

}  // namespace smon
