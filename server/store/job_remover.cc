#include "server/store/job_remover.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/store/arrays.h"
#include "server/store/bind.h"
#include "server/store/dialect.h"
#include "server/store/job_counts.h"
#include "server/store/job_row.h"

namespace smon {
namespace {

// Reads the index jobs_over, whose condition must stand here as it does there.
// Phases: completed, expired, rejected, no log.
std::string SelectRemovable(const std::string& columns) {
  return absl::StrCat("SELECT ", columns,
                      " FROM jobs WHERE phase >= 4 AND "
                      "cluster = :cluster AND end_sort < :before AND NOT "
                      "EXISTS (SELECT 1 FROM jobs "
                      "AS other WHERE other.log_owner_id = jobs.id) "
                      "ORDER BY end_sort, id LIMIT :limit");
}

// With what CountChanges looks at.
std::vector<JobRow> ReadRemovable(soci::session& session,
                                  const std::string& cluster,
                                  int64_t ended_before, int limit) {
  JobRow row;
  row.cluster = cluster;
  soci::statement select(session);
  BindInto(row.id, &select);
  BindInto(row.state, &select);
  BindInto(row.phase, &select);
  BindInto(row.problem, &select);
  BindInto(row.facts, &select);
  BindUse("cluster", cluster, &select);
  BindUse("before", ended_before, &select);
  BindUse("limit", limit, &select);
  PrepareOnce(SelectRemovable("id, state, phase, problem, facts"), &select);
  std::vector<JobRow> rows;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    rows.push_back(row);
  }
  return rows;
}

void DeleteOneByOne(soci::session& session, const std::vector<JobRow>& rows) {
  int64_t id = 0;
  soci::statement history(
      (session.prepare << "DELETE FROM history WHERE job_id = :id",
       soci::use(id, "id")));
  soci::statement answer(
      (session.prepare << "DELETE FROM answers WHERE job_id = :id",
       soci::use(id, "id")));
  soci::statement job((session.prepare << "DELETE FROM jobs WHERE id = :id",
                       soci::use(id, "id")));
  for (const JobRow& row : rows) {
    id = row.id;
    history.execute(true);
    answer.execute(true);
    job.execute(true);
  }
}

void DeleteAtOnce(soci::session& session, const std::vector<JobRow>& rows) {
  Arrays ids;
  for (const JobRow& row : rows) {
    ids.Add("given_id", row.id);
    ids.EndRow();
  }
  const auto remove = [&](absl::string_view table, absl::string_view column) {
    ids.Run(session, absl::StrCat("DELETE FROM ", table, " USING ", ids.table(),
                                  " WHERE ", column, " = given_id"));
  };
  remove("history", "job_id");
  remove("answers", "job_id");
  remove("jobs", "id");
}

}  // namespace

bool HasRemovable(soci::session& session, const std::string& cluster,
                  int64_t ended_before) {
  int64_t id = 0;
  session << SelectRemovable("id"), soci::into(id),
      soci::use(cluster, "cluster"), soci::use(ended_before, "before"),
      soci::use(1, "limit");
  return session.got_data();
}

int64_t RemoveEnded(soci::session& session, const std::string& cluster,
                    int64_t ended_before, int limit) {
  const std::vector<JobRow> rows =
      ReadRemovable(session, cluster, ended_before, limit);
  if (rows.empty()) return 0;
  CountChanges counts;
  for (const JobRow& row : rows) counts.Remove(row);
  if (IsPostgresql(session)) {
    DeleteAtOnce(session, rows);
  } else {
    DeleteOneByOne(session, rows);
  }
  counts.Write(session);
  return static_cast<int64_t>(rows.size());
}

}  // namespace smon
