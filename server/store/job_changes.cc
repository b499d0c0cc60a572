#include "server/store/job_changes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/store/bind.h"
#include "server/store/conditions.h"
#include "server/store/job_row.h"
#include "server/store/job_select.h"
#include "server/store/job_table.h"

namespace smon {
namespace {

// How many ids are looked through at a time for jobs that are as they came.
constexpr int64_t kIdsAtOnce = 5000;

// Calls visit(row) for each row that is read.
template <typename Visitor>
void ForRows(soci::session& session, const Conditions& where,
             absl::string_view rest, Visitor&& visit) {
  JobRow row;
  soci::statement select(session);
  BindColumns(&row, &select);
  where.BindTo(&select);
  PrepareOnce(SelectJobsSql(absl::StrCat(where.sql(), " ", rest)), &select);
  for (bool more = select.execute(true); more; more = select.fetch()) {
    visit(std::move(row));
  }
}

void ReadChanged(soci::session& session, const ChangePosition& last, int limit,
                 JobChanges* out) {
  Conditions where;
  where.Add("change > 0");  // as the index has it
  where.Add(absl::StrCat("change > ", where.Bind(out->end.change)));
  const std::string rest =
      absl::StrCat("ORDER BY change LIMIT ", where.Bind(int64_t{limit}));
  int read = 0;
  ForRows(session, where, rest, [&](JobRow&& row) {
    ++read;
    out->end.change = row.change;
    out->changes.push_back({ToJob(std::move(row)), out->end});
  });
  if (read < limit) out->end.change = std::max(out->end.change, last.change);
}

void ReadCame(soci::session& session, const ChangePosition& last, int limit,
              JobChanges* out) {
  if (out->end.id >= last.id || limit == 0) return;
  const int64_t up_to = std::min(out->end.id + kIdsAtOnce, last.id);
  Conditions where;
  where.Add(absl::StrCat("id > ", where.Bind(out->end.id)));
  where.Add(absl::StrCat("id <= ", where.Bind(up_to)));
  where.Add("change = 0");
  const std::string rest =
      absl::StrCat("ORDER BY id LIMIT ", where.Bind(int64_t{limit}));
  int read = 0;
  ForRows(session, where, rest, [&](JobRow&& row) {
    ++read;
    out->end.id = row.id;
    out->changes.push_back({ToJob(std::move(row)), out->end});
  });
  if (read < limit) out->end.id = up_to;
}

}  // namespace

ChangePosition ReadLastChange(soci::session& session) {
  return {ReadLastId(session, "changes"), ReadLastId(session, "jobs")};
}

JobChanges ReadJobChanges(soci::session& session, const ChangePosition& after,
                          int limit) {
  const ChangePosition last = ReadLastChange(session);
  JobChanges out;
  out.end = after;
  if (after.change > last.change || after.id > last.id) {
    out.end = ChangePosition();
  }
  ReadChanged(session, last, limit, &out);
  ReadCame(session, last, limit - static_cast<int>(out.changes.size()), &out);
  out.more = !(out.end == last);
  return out;
}

}  // namespace smon
