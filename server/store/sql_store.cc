#include "server/store/sql_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/store/changes.h"
#include "server/store/history.h"
#include "server/store/job_changes.h"
#include "server/store/job_counts.h"
#include "server/store/job_lookup.h"
#include "server/store/job_query.h"
#include "server/store/job_remover.h"
#include "server/store/job_row.h"
#include "server/store/job_table.h"
#include "server/store/key_table.h"
#include "server/store/membership.h"
#include "server/store/note_table.h"
#include "server/store/replica_table.h"
#include "server/store/request_table.h"
#include "server/store/resubmit.h"

namespace smon {
namespace {

// What the index jobs_due holds; its conditions must stand here as they do
// there for SQLite to use it.
constexpr char kInOutbox[] = "log_owner_id IS NULL AND phase IN (2, 3)";

absl::Status NoSuchJob(int64_t job) {
  return absl::NotFoundError(absl::StrCat("no job is stored under id ", job));
}

}  // namespace

SqlStore::SqlStore(std::unique_ptr<Database> database, Clock* clock,
                   bool is_shared)
    : database_(std::move(database)),
      clock_(clock),
      replicas_(is_shared
                    ? std::unique_ptr<Replicas>(
                          std::make_unique<Membership>(database_.get(), clock,
                                                       [this] {
                                                         if (change_listener_)
                                                           change_listener_();
                                                       }))
                    : std::make_unique<SoleReplica>(clock)) {}

template <typename T, typename Body>
absl::StatusOr<T> SqlStore::WriteFor(const Body& body) {
  absl::StatusOr<T> result = T();
  SMON_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    result = body(session);
    return result.status();
  }));
  if (change_listener_) change_listener_();
  return result;
}

template <typename T, typename Body>
absl::StatusOr<T> SqlStore::ReadFor(const Body& body,
                                    const std::function<bool()>& stop) {
  absl::StatusOr<T> result = T();
  SMON_RETURN_IF_ERROR(database_->Read(
      [&](soci::session& session) {
        result = body(session);
        return result.status();
      },
      stop));
  return result;
}

absl::StatusOr<std::vector<Job>> SqlStore::Select(absl::string_view rest,
                                                  const Conditions& where) {
  std::vector<Job> jobs;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    jobs = SelectJobs(session, where, rest);
    return absl::OkStatus();
  }));
  return jobs;
}

absl::StatusOr<std::vector<Job>> SqlStore::LoadLive(const std::string& cluster,
                                                    absl::Time ended_after) {
  std::vector<Job> jobs;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    jobs = SelectLive(session, ToText(cluster), ToMicros(ended_after));
    return absl::OkStatus();
  }));
  return jobs;
}

absl::StatusOr<std::vector<Job>> SqlStore::FindJobs(
    const std::vector<JobKey>& keys) {
  std::vector<Job> jobs;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    jobs = FindByKeys(session, keys);
    return absl::OkStatus();
  }));
  return jobs;
}

absl::StatusOr<std::vector<Job>> SqlStore::LoadJobs(
    const std::vector<int64_t>& ids) {
  std::vector<int64_t> unique = ids;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  std::vector<Job> jobs;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    for (JobRow& row : FindByIds(session, unique)) {
      jobs.push_back(ToJob(std::move(row)));
    }
    return absl::OkStatus();
  }));
  return jobs;
}

absl::Status SqlStore::CommitPoll(PollChanges* changes) {
  std::vector<int64_t> ids;
  SMON_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    if (changes->poll_token != 0 &&
        !LockLease(session, changes->cluster, changes->poll_token)) {
      return absl::AbortedError("another replica polls the cluster");
    }
    ids = ApplyPoll(session, *changes, ToMicros(clock_->Now()));
    return absl::OkStatus();
  }));
  // Only now: an id of a transaction that failed would name another job later.
  for (size_t i = 0; i < ids.size(); ++i) changes->changes[i].job.id = ids[i];
  if (change_listener_) change_listener_();
  return absl::OkStatus();
}

absl::StatusOr<smon::AccountingProgress> SqlStore::AccountingProgress(
    const std::string& cluster) {
  const std::string name = ToText(cluster);
  int64_t first = kPastMicros;
  int64_t watermark = kPastMicros;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    session << "SELECT first, accounting FROM watermarks "
               "WHERE cluster = :cluster",
        soci::into(first), soci::into(watermark), soci::use(name, "cluster");
    return absl::OkStatus();
  }));
  return smon::AccountingProgress{FromMicros(first), FromMicros(watermark)};
}

absl::Status SqlStore::Claim(const std::string& condition,
                             const std::string& order, int limit,
                             Conditions* where) {
  const int64_t number = replicas_->number();
  if (number == 0) return absl::OkStatus();
  SMON_RETURN_IF_ERROR(database_->Agree([&](soci::session& session) {
    if (!LockReplica(session, number)) {
      return absl::AbortedError("this replica was taken for dead");
    }
    ClaimJobs(session, number, condition, order, limit);
    return absl::OkStatus();
  }));
  where->Add(absl::StrCat(
      "id IN (SELECT job FROM claims WHERE replica = ", number, ")"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Job>> SqlStore::DueJobs(Phase phase, absl::Time now,
                                                   int limit) {
  std::vector<Job> jobs;
  // One after the other, so that neither reads what is not due.
  for (const int64_t urgent : {1, 0}) {
    const int room = std::max(limit, 0) - static_cast<int>(jobs.size());
    if (room == 0) break;
    const std::string condition = absl::StrCat(
        kInOutbox, " AND phase = ", static_cast<int64_t>(phase),
        " AND urgent = ", urgent, " AND next_attempt <= ", ToMicros(now));
    Conditions where;
    where.Add(condition);
    SMON_RETURN_IF_ERROR(Claim(condition, "next_attempt, id", room, &where));
    SMON_ASSIGN_OR_RETURN(
        std::vector<Job> some,
        Select(absl::StrCat("ORDER BY next_attempt, id LIMIT ", room), where));
    std::move(some.begin(), some.end(), std::back_inserter(jobs));
  }
  return jobs;
}

absl::StatusOr<std::vector<Job>> SqlStore::DueTracking(absl::Time now,
                                                       int limit) {
  const int room = std::max(limit, 0);
  // As the index has it.
  const std::string condition =
      absl::StrCat("phase = 1 AND track_at < ", kFutureMicros,
                   " AND log_owner_id IS NULL AND track_at <= ", ToMicros(now));
  Conditions where;
  where.Add(condition);
  SMON_RETURN_IF_ERROR(Claim(condition, "track_at, id", room, &where));
  return Select(absl::StrCat("ORDER BY track_at, id LIMIT ", room), where);
}

absl::Status SqlStore::ReleaseClaims(const std::vector<int64_t>& keep) {
  const int64_t number = replicas_->number();
  if (number == 0) return absl::OkStatus();
  return database_->Agree([&](soci::session& session) {
    ReleaseJobsBut(session, number, keep);
    return absl::OkStatus();
  });
}

absl::StatusOr<absl::Time> SqlStore::NextAttempt(Phase phase) {
  const int64_t number = static_cast<int64_t>(phase);
  int64_t earliest = kFutureMicros;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    for (const int64_t urgent : {1, 0}) {
      int64_t micros = kFutureMicros;
      session << "SELECT next_attempt FROM jobs WHERE " << kInOutbox
              << " AND phase = :phase AND urgent = :urgent "
                 "ORDER BY next_attempt LIMIT 1",
          soci::into(micros), soci::use(number, "phase"),
          soci::use(urgent, "urgent");
      earliest = std::min(earliest, micros);
    }
    return absl::OkStatus();
  }));
  return FromMicros(earliest);
}

absl::StatusOr<std::vector<bool>> SqlStore::CommitDeliveries(
    const std::vector<DeliveryChange>& changes) {
  return WriteFor<std::vector<bool>>([&](soci::session& session) {
    return absl::StatusOr<std::vector<bool>>(
        ApplyDeliveries(session, changes, ToMicros(clock_->Now())));
  });
}

absl::Status SqlStore::MoveDeliveries(absl::Duration by, absl::Time now) {
  if (replicas_->shared()) return absl::OkStatus();
  return database_->Write([&](soci::session& session) {
    MoveOutbox(session, absl::ToInt64Microseconds(by), ToMicros(now));
    return absl::OkStatus();
  });
}

absl::StatusOr<Job> SqlStore::GetJob(const std::string& cluster,
                                     const std::string& job_id,
                                     std::optional<int32_t> restart_count) {
  Conditions where;
  where.Add(absl::StrCat("job_id = ", where.Bind(ToText(job_id))));
  if (!cluster.empty()) {
    where.Add(absl::StrCat("cluster = ", where.Bind(ToText(cluster))));
  }
  if (restart_count.has_value()) {
    // A source that does not tell means the first run.
    where.Add(absl::StrCat("COALESCE(restart_count, 0) = ",
                           where.Bind(int64_t{*restart_count})));
  }
  SMON_ASSIGN_OR_RETURN(
      std::vector<Job> jobs,
      Select("ORDER BY submit_time DESC, id DESC LIMIT 1", where));
  if (!jobs.empty()) return std::move(jobs.front());
  std::string message = absl::StrCat("no job ", ToPrintable(job_id));
  if (restart_count.has_value()) {
    absl::StrAppend(&message, " with restart count ", *restart_count);
  }
  if (!cluster.empty()) {
    absl::StrAppend(&message, " of cluster ", ToPrintable(cluster));
  }
  return absl::NotFoundError(absl::StrCat(message, " is known"));
}

absl::StatusOr<JobPage> SqlStore::ListJobs(const JobQuery& query) {
  return ReadFor<JobPage>(
      [&](soci::session& session) { return QueryJobs(session, query); },
      query.stop);
}

absl::StatusOr<std::vector<HistoryEntry>> SqlStore::GetHistory(int64_t job) {
  std::vector<HistoryEntry> entries;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    JobRow row;
    if (!JobTable(session, /*now=*/0).FindById(job, &row)) {
      return NoSuchJob(job);
    }
    entries = ReadHistory(session, row);
    return absl::OkStatus();
  }));
  return entries;
}

absl::StatusOr<std::string> SqlStore::GetAnswer(int64_t job) {
  std::string body;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    session << "SELECT body FROM answers WHERE job_id = COALESCE((SELECT "
               "log_owner_id FROM jobs WHERE id = :job), :job)",
        soci::into(body), soci::use(job, "job");
    if (session.got_data()) return absl::OkStatus();
    return absl::NotFoundError(
        absl::StrCat("no answer of attrsvc is stored for id ", job));
  }));
  return body;
}

absl::StatusOr<JobCounts> SqlStore::CountJobs(const std::string& cluster) {
  JobCounts counts;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    counts = ReadCounts(session, ToText(cluster));
    return absl::OkStatus();
  }));
  return counts;
}

absl::StatusOr<std::map<std::string, JobCounts>>
SqlStore::CountJobsByCluster() {
  std::map<std::string, JobCounts> counts;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    counts = ReadCountsByCluster(session);
    return absl::OkStatus();
  }));
  return counts;
}

std::optional<uint64_t> SqlStore::Version() const {
  if (replicas_->shared()) return std::nullopt;
  return database_->writes();
}

void SqlStore::SetChangeListener(std::function<void()> listener) {
  change_listener_ = std::move(listener);
}

absl::StatusOr<ChangePosition> SqlStore::LastChange() {
  return ReadFor<ChangePosition>([&](soci::session& session) {
    return absl::StatusOr<ChangePosition>(ReadLastChange(session));
  });
}

absl::StatusOr<JobChanges> SqlStore::ReadChanges(const ChangePosition& after,
                                                 int limit) {
  return ReadFor<JobChanges>([&](soci::session& session) {
    return absl::StatusOr<JobChanges>(ReadJobChanges(session, after, limit));
  });
}

absl::StatusOr<ResubmitResult> SqlStore::Resubmit(int64_t job,
                                                  const ResubmitOrder& order) {
  return WriteFor<ResubmitResult>([&](soci::session& session) {
    return ApplyResubmit(session, job, order, ToMicros(clock_->Now()));
  });
}

absl::StatusOr<ResubmitReport> SqlStore::StartResubmission(
    const JobFilter& filter, int64_t max_jobs, const ResubmitOrder& order) {
  Request known;
  SMON_ASSIGN_OR_RETURN(const bool is_known,
                        ReadFor<bool>([&](soci::session& session) {
                          return FindRequest(session, order, &known);
                        }));
  if (is_known) return known.report;
  // Looked for outside of the transaction that writes, as this may take long.
  // What changes until then is seen when it is the job's turn.
  SMON_ASSIGN_OR_RETURN(const ResubmitPlan plan,
                        ReadFor<ResubmitPlan>([&](soci::session& session) {
                          return PlanResubmit(session, filter, max_jobs);
                        }));
  return WriteFor<ResubmitReport>([&](soci::session& session) {
    return StartResubmit(session, plan, order, ToMicros(clock_->Now()));
  });
}

absl::StatusOr<ResubmitReport> SqlStore::ContinueResubmission(
    const ResubmitOrder& order) {
  return WriteFor<ResubmitReport>([&](soci::session& session) {
    return ContinueResubmit(session, order, ToMicros(clock_->Now()));
  });
}

absl::StatusOr<ResubmitReport> SqlStore::PreviewResubmission(
    const JobFilter& filter, int64_t max_jobs,
    const std::function<bool()>& stop) {
  SMON_ASSIGN_OR_RETURN(ResubmitPlan plan, ReadFor<ResubmitPlan>(
                                               [&](soci::session& session) {
                                                 return PlanResubmit(
                                                     session, filter, max_jobs);
                                               },
                                               stop));
  return std::move(plan.preview);
}

absl::StatusOr<int64_t> SqlStore::RemoveEnded(const std::string& cluster,
                                              absl::Time ended_before,
                                              int limit) {
  const std::string name = ToText(cluster);
  const int64_t before = ToMicros(ended_before);
  int64_t removed = 0;
  // Mostly there is nothing to remove, which takes no lock to see.
  bool any = false;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    any = HasRemovable(session, name, before);
    return absl::OkStatus();
  }));
  if (!any) return removed;
  SMON_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    removed = smon::RemoveEnded(session, name, before, limit);
    return absl::OkStatus();
  }));
  return removed;
}

absl::Status SqlStore::CheckIntegrity(const std::function<bool()>& stop) {
  return database_->CheckIntegrity(stop);
}

absl::Status SqlStore::Damage() const { return database_->damage(); }

absl::StatusOr<StoreSize> SqlStore::Size() const { return database_->Size(); }

absl::StatusOr<std::string> SqlStore::SharedKey() {
  std::string key;
  SMON_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    SMON_ASSIGN_OR_RETURN(key, ReadOrMakeKey(session, "tokens"));
    return absl::OkStatus();
  }));
  return key;
}

absl::Status SqlStore::WriteClusterNotes(
    const std::vector<ClusterNote>& notes) {
  // In the order of all that writes: a renewal must not wait for a row that
  // another replica has written, and then was stopped.
  return database_->Write([&notes](soci::session& session) {
    for (const ClusterNote& note : notes) PutClusterNote(session, note);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<ClusterNote>> SqlStore::ReadClusterNotes() {
  return ReadFor<std::vector<ClusterNote>>([](soci::session& session) {
    return absl::StatusOr<std::vector<ClusterNote>>(
        smon::ReadClusterNotes(session));
  });
}

}  // namespace smon
