#include "server/store/request_table.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/error_reason.h"
#include "server/store/arrays.h"
#include "server/store/dialect.h"

namespace smon {
namespace {

constexpr absl::Duration kKeptFor = absl::Hours(24);
constexpr int64_t kMostKept = 10000;
// With each request that comes, at most so many old ones go, and so many of the
// jobs that one of them has left undone: a step stays short.
constexpr int kForgottenAtOnce = 10;
constexpr int kJobsForgottenAtOnce = 1000;

std::vector<std::string> SplitIds(const std::string& text) {
  if (text.empty()) return {};
  return absl::StrSplit(text, ',');
}

// The oldest request, if it need not be kept; 0 otherwise.
int64_t OldestForgettable(soci::session& session, int64_t newest, int64_t now) {
  int64_t id = 0;
  int64_t time = 0;
  session << "SELECT id, time FROM requests ORDER BY id LIMIT 1",
      soci::into(id), soci::into(time);
  const bool is_old = now - time > absl::ToInt64Microseconds(kKeptFor);
  return is_old || id <= newest - kMostKept ? id : 0;
}

void ForgetOld(soci::session& session, int64_t newest, int64_t now) {
  for (int i = 0; i < kForgottenAtOnce; ++i) {
    const int64_t id = OldestForgettable(session, newest, now);
    if (id == 0) return;
    session << "DELETE FROM request_jobs WHERE request = :id AND seq IN "
               "(SELECT seq FROM request_jobs WHERE request = :id LIMIT :most)",
        soci::use(id, "id"), soci::use(kJobsForgottenAtOnce, "most");
    int64_t left = 0;
    session << "SELECT COUNT(*) FROM request_jobs WHERE request = :id",
        soci::into(left), soci::use(id, "id");
    if (left > 0) return;
    session << "DELETE FROM requests WHERE id = :id", soci::use(id, "id");
  }
}

void InsertJobs(soci::session& session, int64_t request,
                const std::vector<int64_t>& jobs) {
  int64_t seq = 0;
  if (IsPostgresql(session) && !jobs.empty()) {
    Arrays given;
    for (const int64_t job : jobs) {
      given.Add("request", request);
      given.Add("seq", ++seq);
      given.Add("job", job);
      given.EndRow();
    }
    given.Run(session, absl::StrCat("INSERT INTO request_jobs (", given.names(),
                                    ") SELECT * FROM ", given.table()));
    return;
  }
  int64_t job = 0;
  soci::statement insert =
      (session.prepare << "INSERT INTO request_jobs (request, seq, job) "
                          "VALUES (:request, :seq, :job)",
       soci::use(request, "request"), soci::use(seq, "seq"),
       soci::use(job, "job"));
  for (const int64_t one : jobs) {
    ++seq;
    job = one;
    insert.execute(true);
  }
}

}  // namespace

absl::StatusOr<bool> FindRequest(soci::session& session,
                                 const ResubmitOrder& order, Request* request) {
  Request found;
  ResubmitReport& report = found.report;
  std::string arguments;
  std::string job_ids;
  session << "SELECT id, arguments, job, resubmitted, already_pending, "
             "not_ended, no_log, shared_log, jobs_left, job_ids FROM requests "
             "WHERE request_id = :request_id",
      soci::into(found.id), soci::into(arguments), soci::into(found.job),
      soci::into(report.resubmitted), soci::into(report.already_pending),
      soci::into(report.not_ended), soci::into(report.no_log),
      soci::into(report.shared_log), soci::into(report.left),
      soci::into(job_ids), soci::use(order.request_id, "request_id");
  if (!session.got_data()) return false;
  if (arguments != order.arguments) {
    return Because(
        absl::InvalidArgumentError(absl::StrCat(
            "request_id: '", order.request_id,
            "' was used before, for something else; give each request its "
            "own")),
        "REQUEST_ID_REUSED", "request_id");
  }
  report.job_ids = SplitIds(job_ids);
  report.repeated = report.left == 0;
  *request = std::move(found);
  return true;
}

void InsertRequest(soci::session& session, const ResubmitOrder& order,
                   const std::vector<int64_t>& jobs, int64_t now,
                   Request* request) {
  ResubmitReport& report = request->report;
  report.left = static_cast<int64_t>(jobs.size());
  const std::string job_ids = absl::StrJoin(report.job_ids, ",");
  session << "INSERT INTO requests (request_id, arguments, time, job, "
             "resubmitted, already_pending, not_ended, no_log, shared_log, "
             "jobs_left, job_ids) VALUES (:request_id, :arguments, :time, "
             ":job, :resubmitted, :already_pending, :not_ended, :no_log, "
             ":shared_log, :jobs_left, :job_ids)",
      soci::use(order.request_id, "request_id"),
      soci::use(order.arguments, "arguments"), soci::use(now, "time"),
      soci::use(request->job, "job"),
      soci::use(report.resubmitted, "resubmitted"),
      soci::use(report.already_pending, "already_pending"),
      soci::use(report.not_ended, "not_ended"),
      soci::use(report.no_log, "no_log"),
      soci::use(report.shared_log, "shared_log"),
      soci::use(report.left, "jobs_left"), soci::use(job_ids, "job_ids");
  session << "SELECT id FROM requests WHERE request_id = :request_id",
      soci::into(request->id), soci::use(order.request_id, "request_id");
  InsertJobs(session, request->id, jobs);
  ForgetOld(session, request->id, now);
}

std::vector<int64_t> TakeJobs(soci::session& session, int64_t limit,
                              Request* request) {
  int64_t seq = 0;
  int64_t job = 0;
  std::vector<int64_t> jobs;
  {
    soci::statement select =
        (session.prepare << "SELECT seq, job FROM request_jobs WHERE request = "
                            ":request ORDER BY seq LIMIT :limit",
         soci::into(seq), soci::into(job), soci::use(request->id, "request"),
         soci::use(limit, "limit"));
    for (bool more = select.execute(true); more; more = select.fetch()) {
      jobs.push_back(job);
    }
  }
  session << "DELETE FROM request_jobs WHERE request = :request AND seq <= "
             ":seq",
      soci::use(request->id, "request"), soci::use(seq, "seq");
  // There may be fewer than were left, if the request is being forgotten.
  const int64_t taken = static_cast<int64_t>(jobs.size());
  request->report.left = taken < limit ? 0 : request->report.left - taken;
  return jobs;
}

void UpdateReport(soci::session& session, const Request& request) {
  const ResubmitReport& report = request.report;
  const std::string job_ids = absl::StrJoin(report.job_ids, ",");
  session << "UPDATE requests SET resubmitted = :resubmitted, "
             "already_pending = :already_pending, not_ended = :not_ended, "
             "no_log = :no_log, shared_log = :shared_log, "
             "jobs_left = :jobs_left, job_ids = :job_ids WHERE id = :id",
      soci::use(report.resubmitted, "resubmitted"),
      soci::use(report.already_pending, "already_pending"),
      soci::use(report.not_ended, "not_ended"),
      soci::use(report.no_log, "no_log"),
      soci::use(report.shared_log, "shared_log"),
      soci::use(report.left, "jobs_left"), soci::use(job_ids, "job_ids"),
      soci::use(request.id, "id");
}

}  // namespace smon
