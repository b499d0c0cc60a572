#include "server/store/job_query.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "re2/re2.h"
#include "server/store/conditions.h"
#include "server/store/job_row.h"
#include "server/store/job_table.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

// How many rows are looked at in one go where SQL alone cannot tell which
// match.
constexpr int64_t kChunk = 1000;

// The part of a filter that SQL cannot do.
class RowFilter {
 public:
  static absl::StatusOr<RowFilter> Make(const JobFilter& filter) {
    RowFilter out;
    out.partition_ = ToText(filter.partition);
    if (filter.name_regex.empty()) return out;
    RE2::Options options;
    options.set_log_errors(false);
    out.name_ = std::make_unique<RE2>(filter.name_regex, options);
    if (out.name_->ok()) return out;
    return absl::InvalidArgumentError(absl::StrCat(
        "name is no RE2 regular expression: ", ToText(out.name_->error()),
        " in \"", ToText(filter.name_regex), "\""));
  }

  bool needed() const { return name_ != nullptr || !partition_.empty(); }

  bool Matches(const std::string& name, const std::string& partitions) const {
    if (name_ != nullptr && !RE2::PartialMatch(name, *name_)) return false;
    if (partition_.empty()) return true;
    const std::vector<std::string> list = absl::StrSplit(partitions, ',');
    return std::find(list.begin(), list.end(), partition_) != list.end();
  }

 private:
  std::unique_ptr<RE2> name_;
  std::string partition_;
};

template <typename T, typename ToValue>
void AddList(const std::vector<T>& values, absl::string_view column,
             ToValue to_value, Conditions* where) {
  if (values.empty()) return;
  std::vector<T> unique = values;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  std::vector<std::string> placeholders;
  for (const T& value : unique) {
    placeholders.push_back(where->Bind(to_value(value)));
  }
  where->Add(
      absl::StrCat(column, " IN (", absl::StrJoin(placeholders, ", "), ")"));
}

void AddFilter(const JobFilter& filter, Conditions* where) {
  const auto number = [](auto value) { return static_cast<int64_t>(value); };
  AddList(
      filter.states, "state",
      [](slurm::JobState s) { return std::string(slurm::JobStateName(s)); },
      where);
  AddList(filter.phases, "phase", number, where);
  AddList(filter.actions, "action", number, where);
  // What the partial index on action holds.
  if (!filter.actions.empty()) where->Add("action <> 0");
  if (!filter.user.empty()) {
    where->Add(absl::StrCat("user_name = ", where->Bind(ToText(filter.user))));
  }
  if (!filter.cluster.empty()) {
    where->Add(absl::StrCat("cluster = ", where->Bind(ToText(filter.cluster))));
  }
  if (!filter.partition.empty()) {
    // A job that waits may be in several; RowFilter looks closer.
    where->Add(absl::StrCat(
        "(partition_name = ", where->Bind(ToText(filter.partition)),
        " OR partition_name LIKE '%,%')"));
  }
  if (!filter.ended_after && !filter.ended_before) return;
  where->Add(absl::StrCat("end_sort < ", where->Bind(kFutureMicros)));
  if (filter.ended_after) {
    where->Add(absl::StrCat("end_sort >= ",
                            where->Bind(ToMicros(*filter.ended_after))));
  }
  if (filter.ended_before) {
    where->Add(absl::StrCat("end_sort < ",
                            where->Bind(ToMicros(*filter.ended_before))));
  }
}

struct Sorting {
  const char* column;
  bool descending;
};

Sorting SortingOf(JobOrder order) {
  switch (order) {
    case JobOrder::kSubmitTimeAsc:
      return {"submit_time", false};
    case JobOrder::kEndTimeDesc:
      return {"end_sort", true};
    case JobOrder::kEndTimeAsc:
      return {"end_sort", false};
    case JobOrder::kSubmitTimeDesc:
      break;
  }
  return {"submit_time", true};
}

// Where a row stands in the order of the list.
struct Position {
  int64_t time = 0;
  int64_t id = 0;
};

// "WHERE … ORDER BY … LIMIT …": at most `limit` rows of the query from `after`
// on.
std::string RestOfSelect(const JobQuery& query, const Position* after,
                         int64_t limit, Conditions* where) {
  AddFilter(query.filter, where);
  const Sorting sorting = SortingOf(query.order);
  if (after != nullptr) {
    where->Add(absl::StrCat(
        "(", sorting.column, ", id) ", sorting.descending ? "<" : ">", " (",
        where->Bind(after->time), ", ", where->Bind(after->id), ")"));
  }
  const char* const direction = sorting.descending ? " DESC" : "";
  return absl::StrCat(where->sql(), " ORDER BY ", sorting.column, direction,
                      ", id", direction, " LIMIT ", where->Bind(limit));
}

int64_t SortTime(const JobRow& row, JobOrder order) {
  return order == JobOrder::kEndTimeAsc || order == JobOrder::kEndTimeDesc
             ? row.end_sort
             : row.submit_time;
}

std::vector<JobRow> SelectRows(soci::session& session, const JobQuery& query,
                               const Position* after, int64_t limit) {
  Conditions where;
  const std::string sql =
      SelectJobsSql(RestOfSelect(query, after, limit, &where));
  JobRow row;
  soci::statement select(session);
  BindColumns(&row, &select);
  where.BindTo(&select);
  select.alloc();
  select.prepare(sql);
  select.define_and_bind();
  std::vector<JobRow> rows;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    rows.push_back(row);
  }
  return rows;
}

// One chunk of rows as far as RowFilter needs them. Appends the ids of those
// that match, and moves `position` to the last row that was looked at. False at
// the end of the list.
bool ScanChunk(soci::session& session, const JobQuery& query,
               const RowFilter& filter, bool from_start, Position* position,
               std::vector<int64_t>* ids) {
  Conditions where;
  const std::string rest =
      RestOfSelect(query, from_start ? nullptr : position, kChunk, &where);
  std::string name;
  std::string partitions;
  soci::statement select(session);
  select.exchange(soci::into(position->time));
  select.exchange(soci::into(position->id));
  select.exchange(soci::into(name));
  select.exchange(soci::into(partitions));
  where.BindTo(&select);
  select.alloc();
  select.prepare(absl::StrCat("SELECT ", SortingOf(query.order).column,
                              ", id, name, partition_name FROM jobs ", rest));
  select.define_and_bind();
  int64_t rows = 0;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    ++rows;
    if (filter.Matches(name, partitions)) ids->push_back(position->id);
  }
  return rows == kChunk;
}

// At most `limit` rows that match the RowFilter too.
std::vector<JobRow> ScanRows(soci::session& session, const JobQuery& query,
                             const RowFilter& filter, const Position* after,
                             int64_t limit) {
  Position position = after != nullptr ? *after : Position();
  std::vector<int64_t> ids;
  bool from_start = after == nullptr;
  while (ScanChunk(session, query, filter, from_start, &position, &ids) &&
         static_cast<int64_t>(ids.size()) < limit) {
    from_start = false;
  }
  if (static_cast<int64_t>(ids.size()) > limit) ids.resize(limit);

  JobTable table(session, /*now=*/0);
  std::vector<JobRow> rows(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) table.FindById(ids[i], &rows[i]);
  return rows;
}

}  // namespace

absl::StatusOr<JobPage> QueryJobs(soci::session& session,
                                  const JobQuery& query) {
  if (query.limit < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the limit is ", query.limit, ", it must be 1 or more"));
  }
  absl::StatusOr<RowFilter> filter = RowFilter::Make(query.filter);
  if (!filter.ok()) return filter.status();
  Position position;
  const Position* after = nullptr;
  if (query.after.has_value()) {
    position = {ToMicros(query.after->time), query.after->id};
    after = &position;
  }
  // One more tells whether there is another page.
  const int64_t limit = int64_t{query.limit} + 1;
  std::vector<JobRow> rows =
      filter->needed() ? ScanRows(session, query, *filter, after, limit)
                       : SelectRows(session, query, after, limit);
  JobPage page;
  if (static_cast<int64_t>(rows.size()) == limit) {
    rows.pop_back();
    page.next = JobQuery::Position{
        FromMicros(SortTime(rows.back(), query.order)), rows.back().id};
  }
  for (const JobRow& row : rows) page.jobs.push_back(ToJob(row));
  return page;
}

JobCounts QueryCounts(soci::session& session) {
  std::string state;
  int64_t phase = 0;
  int64_t problem = 0;
  int64_t facts = 0;
  int64_t jobs = 0;
  soci::statement select =
      (session.prepare << "SELECT state, phase, problem, facts, COUNT(*) FROM "
                          "jobs GROUP BY state, phase, problem, facts",
       soci::into(state), soci::into(phase), soci::into(problem),
       soci::into(facts), soci::into(jobs));
  JobCounts counts;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    const slurm::JobState job_state = StateFromName(state);
    counts.by_state[job_state] += jobs;
    counts.by_phase[static_cast<Phase>(phase)] += jobs;
    if (problem != 0) {
      counts.by_problem[static_cast<PathProblem>(problem)] += jobs;
    }
    counts.total += jobs;
    if (slurm::IsEnded(job_state)) counts.ended += jobs;
    if ((facts & kHasLogPath) != 0) counts.with_log_path += jobs;
    if ((facts & kSent) != 0) counts.submitted += jobs;
    if ((facts & kAccepted) != 0) counts.accepted += jobs;
    if ((facts & kHasVerdict) != 0) counts.with_verdict += jobs;
  }
  return counts;
}

}  // namespace smon
