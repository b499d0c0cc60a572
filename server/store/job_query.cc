#include "server/store/job_query.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/monitor/job_matcher.h"
#include "server/store/bind.h"
#include "server/store/conditions.h"
#include "server/store/job_counts.h"
#include "server/store/job_lookup.h"
#include "server/store/job_row.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

// How many rows are looked at in one go where SQL alone cannot tell which
// match.
constexpr int64_t kChunk = 1000;

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
  AddList(filter.problems, "problem", number, where);
  // What the partial indexes on action and problem hold.
  if (!filter.actions.empty()) where->Add("action <> 0");
  if (!filter.problems.empty()) where->Add("problem <> 0");
  if (!filter.user.empty()) {
    where->Add(absl::StrCat("user_name = ", where->Bind(ToText(filter.user))));
  }
  if (!filter.cluster.empty()) {
    where->Add(absl::StrCat("cluster = ", where->Bind(ToText(filter.cluster))));
  }
  if (!filter.partition.empty()) {
    // A job that waits may be in several; JobMatcher looks closer.
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

  bool IsBefore(const Position& other, const Sorting& sorting) const {
    const auto key = std::tie(time, id);
    const auto other_key = std::tie(other.time, other.id);
    return sorting.descending ? other_key < key : key < other_key;
  }
};

// A part of the list that one index holds in the list's order: jobs that wait,
// or that do not, and of these those of one state, say.
struct Part {
  JobFilter filter;
  bool waiting = false;

  // How far it has been read.
  std::optional<Position> position;
  bool at_end = false;
};

bool MayHold(const Part& part, const std::vector<JobKind>& kinds) {
  const auto has = [](const auto& list, auto value) {
    return list.empty() ||
           std::find(list.begin(), list.end(), value) != list.end();
  };
  return std::any_of(kinds.begin(), kinds.end(), [&](const JobKind& kind) {
    return (kind.phase == Phase::kWaiting) == part.waiting &&
           has(part.filter.states, kind.state) &&
           has(part.filter.phases, kind.phase) &&
           has(part.filter.problems, kind.problem) &&
           (part.filter.actions.empty() || (kind.facts & kHasVerdict) != 0);
  });
}

template <typename T>
std::vector<JobFilter> SplitBy(std::vector<T> JobFilter::*list,
                               const JobFilter& filter) {
  std::vector<T> values = filter.*list;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<JobFilter> out;
  for (const T& value : values) {
    out.push_back(filter);
    out.back().*list = {value};
  }
  return out;
}

// The parts of the list that hold anything. An index is in order for one value
// of its first column only.
std::vector<Part> PartsOf(const JobFilter& filter,
                          const std::vector<JobKind>& kinds) {
  std::vector<JobFilter> filters = {filter};
  if (!filter.problems.empty()) {
    // Few jobs have one.
    filters = SplitBy(&JobFilter::problems, filter);
  } else if (!filter.states.empty()) {
    filters = SplitBy(&JobFilter::states, filter);
  } else if (!filter.actions.empty()) {
    filters = SplitBy(&JobFilter::actions, filter);
  } else if (!filter.phases.empty()) {
    filters = SplitBy(&JobFilter::phases, filter);
  }
  std::vector<Part> parts;
  for (const JobFilter& one : filters) {
    for (const bool waiting : {true, false}) {
      Part part;
      part.filter = one;
      part.waiting = waiting;
      if (MayHold(part, kinds)) parts.push_back(std::move(part));
    }
  }
  return parts;
}

// Which rows of a part, of those that come after its position: those of the
// same time, or the later ones. They are asked for apart, since for
// "(time, id) < (…)" SQLite reads all rows of the same time, and all tasks of
// an array have one submit time.
enum class After { kSameTime, kOtherTime };

// "WHERE … ORDER BY … LIMIT …": at most `limit` rows from where it was read to.
std::string RestOfSelect(const Part& part, const Sorting& sorting, After after,
                         int64_t limit, Conditions* where) {
  where->Add(part.waiting ? "phase = 1" : "phase <> 1");
  AddFilter(part.filter, where);
  const char* const is_after = sorting.descending ? " < " : " > ";
  if (after == After::kSameTime) {
    where->Add(
        absl::StrCat(sorting.column, " = ", where->Bind(part.position->time)));
    where->Add(absl::StrCat("id", is_after, where->Bind(part.position->id)));
  } else if (part.position.has_value()) {
    where->Add(absl::StrCat(sorting.column, is_after,
                            where->Bind(part.position->time)));
  }
  const char* const direction = sorting.descending ? " DESC" : "";
  return absl::StrCat(where->sql(), " ORDER BY ", sorting.column, direction,
                      ", id", direction, " LIMIT ", where->Bind(limit));
}

// Reads on in a part, by at most so many rows, and returns how many it read.
// Appends those that match.
int64_t ReadSome(soci::session& session, const Sorting& sorting,
                 const JobMatcher& filter, After after, int64_t rows,
                 Part* part, std::vector<Position>* found) {
  Conditions where;
  const std::string rest = RestOfSelect(*part, sorting, after, rows, &where);
  Position position;
  std::string name;
  std::string partitions;
  soci::statement select(session);
  BindInto(position.time, &select);
  BindInto(position.id, &select);
  if (filter.has_text_part()) {
    BindInto(name, &select);
    BindInto(partitions, &select);
  }
  where.BindTo(&select);
  PrepareOnce(
      absl::StrCat("SELECT ", sorting.column, ", id",
                   filter.has_text_part() ? ", name, partition_name" : "",
                   " FROM jobs ", rest),
      &select);
  int64_t read = 0;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    ++read;
    part->position = position;
    if (filter.MatchesText(name, partitions)) found->push_back(position);
  }
  return read;
}

// Reads on in a part, by so many rows. Appends those that match.
void ReadOn(soci::session& session, const Sorting& sorting,
            const JobMatcher& filter, int64_t rows, Part* part,
            std::vector<Position>* found) {
  int64_t read = 0;
  if (part->position.has_value()) {
    read =
        ReadSome(session, sorting, filter, After::kSameTime, rows, part, found);
  }
  if (read < rows) {
    read += ReadSome(session, sorting, filter, After::kOtherTime, rows - read,
                     part, found);
  }
  part->at_end = read < rows;
}

// Of the parts that are not at their end, the one that was read least far; null
// when there is none.
Part* LeastRead(const Sorting& sorting, std::vector<Part>* parts) {
  Part* least = nullptr;
  for (Part& part : *parts) {
    if (part.at_end) continue;
    if (!part.position.has_value()) return &part;
    if (least == nullptr ||
        part.position->IsBefore(*least->position, sorting)) {
      least = &part;
    }
  }
  return least;
}

// The first `limit` of the list after `after`.
std::vector<Position> FindPositions(soci::session& session,
                                    const JobQuery& query,
                                    const JobMatcher& filter,
                                    const std::optional<Position>& after,
                                    size_t limit) {
  const Sorting sorting = SortingOf(query.order);
  JobFilter searched = query.filter;
  const std::string cluster = ToText(searched.cluster);
  // What all jobs meet would only cost a look at each.
  if (!cluster.empty() && IsOnlyCluster(session, cluster)) {
    searched.cluster.clear();
  }
  std::vector<Part> parts = PartsOf(searched, ReadKinds(session, cluster));
  std::vector<Position> found;
  for (Part& part : parts) {
    part.position = after;
    ReadOn(session, sorting, filter, filter.has_text_part() ? kChunk : limit,
           &part, &found);
  }
  while (Part* const part = LeastRead(sorting, &parts)) {
    // Nothing that is still to be read comes before what this part was read to.
    const Position read = part->position.value_or(Position());
    const size_t certain = std::count_if(
        found.begin(), found.end(),
        [&](const Position& p) { return !read.IsBefore(p, sorting); });
    if (certain >= limit) break;
    ReadOn(session, sorting, filter, kChunk, part, &found);
  }
  std::sort(found.begin(), found.end(),
            [&](const Position& a, const Position& b) {
              return a.IsBefore(b, sorting);
            });
  if (found.size() > limit) found.resize(limit);
  return found;
}

// The jobs at the positions, in their order.
std::vector<Job> JobsAt(soci::session& session,
                        const std::vector<Position>& positions) {
  std::vector<int64_t> ids;
  for (const Position& position : positions) ids.push_back(position.id);
  std::vector<JobRow> rows = FindByIds(session, ids);
  absl::flat_hash_map<int64_t, JobRow*> by_id;
  for (JobRow& row : rows) by_id[row.id] = &row;
  std::vector<Job> jobs;
  for (const int64_t id : ids) {
    const auto row = by_id.find(id);
    if (row != by_id.end()) jobs.push_back(ToJob(std::move(*row->second)));
  }
  return jobs;
}

}  // namespace

absl::StatusOr<JobMatches> FindMatches(soci::session& session,
                                       const JobFilter& filter, int64_t most) {
  absl::StatusOr<JobMatcher> matcher = JobMatcher::Make(filter);
  if (!matcher.ok()) return matcher.status();
  const Sorting sorting = SortingOf(JobOrder::kSubmitTimeAsc);
  JobMatches matches;
  std::vector<Position> positions;
  for (Part& part :
       PartsOf(filter, ReadKinds(session, ToText(filter.cluster)))) {
    while (!part.at_end) {
      std::vector<Position> found;
      ReadOn(session, sorting, *matcher, kChunk, &part, &found);
      matches.total += static_cast<int64_t>(found.size());
      if (matches.total > most) continue;  // only their number is wanted
      positions.insert(positions.end(), found.begin(), found.end());
    }
  }
  if (matches.total > most) return matches;
  std::sort(positions.begin(), positions.end(),
            [&](const Position& a, const Position& b) {
              return a.IsBefore(b, sorting);
            });
  for (const Position& position : positions) {
    matches.ids.push_back(position.id);
  }
  return matches;
}

absl::StatusOr<JobPage> QueryJobs(soci::session& session,
                                  const JobQuery& query) {
  if (query.limit < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the limit is ", query.limit, ", it must be 1 or more"));
  }
  absl::StatusOr<JobMatcher> filter = JobMatcher::Make(query.filter);
  if (!filter.ok()) return filter.status();
  std::optional<Position> after;
  if (query.after.has_value()) {
    after = Position{ToMicros(query.after->time), query.after->id};
  }
  // One more tells whether there is another page.
  const size_t limit = static_cast<size_t>(query.limit) + 1;
  std::vector<Position> positions =
      FindPositions(session, query, *filter, after, limit);
  JobPage page;
  if (positions.size() == limit) {
    positions.pop_back();
    page.next = JobQuery::Position{FromMicros(positions.back().time),
                                   positions.back().id};
  }
  page.jobs = JobsAt(session, positions);
  return page;
}

}  // namespace smon
