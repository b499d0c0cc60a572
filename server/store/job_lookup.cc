#include "server/store/job_lookup.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/store/bind.h"
#include "server/store/job_select.h"
#include "server/store/job_table.h"

namespace smon {
namespace {

// How many values a statement asks for at a time.
constexpr size_t kChunk = 256;
// Up to here, a statement for each is faster.
constexpr size_t kFew = 32;

// ":v0, :v1, …", kChunk of them.
std::string Placeholders() {
  std::string out;
  for (size_t i = 0; i < kChunk; ++i) {
    absl::StrAppend(&out, i == 0 ? ":v" : ", :v", i);
  }
  return out;
}

// Calls run() for all of `values`, kChunk at a time in `chunk`. What is too
// much in the last one is the last value again.
template <typename T>
void ForChunks(const std::vector<T>& values, std::vector<T>* chunk,
               const std::function<void()>& run) {
  for (size_t from = 0; from < values.size(); from += kChunk) {
    for (size_t i = 0; i < kChunk; ++i) {
      (*chunk)[i] = values[std::min(from + i, values.size() - 1)];
    }
    run();
  }
}

// When the newest job was submitted; kPastMicros when there is none.
int64_t NewestSubmitTime(soci::session& session) {
  int64_t newest = kPastMicros;
  for (const char* const half : {"phase = 1", "phase <> 1"}) {
    int64_t time = kPastMicros;
    session << "SELECT submit_time FROM jobs WHERE " << half
            << " ORDER BY submit_time DESC LIMIT 1",
        soci::into(time);
    newest = std::max(newest, time);
  }
  return newest;
}

using RunKey = std::pair<std::string, int64_t>;  // job id, submit time

// Finds runs of the jobs of one cluster.
void FindRuns(soci::session& session, const std::string& cluster,
              const std::vector<RunKey>& keys, std::vector<Job>* out) {
  if (keys.size() <= kFew) {
    JobTable table(session, /*now=*/0);
    JobRow row;
    for (const auto& [job_id, submit_time] : keys) {
      if (table.FindByKey(cluster, job_id, submit_time, &row)) {
        out->push_back(ToJob(std::move(row)));
      }
    }
    return;
  }
  const absl::flat_hash_set<RunKey> wanted(keys.begin(), keys.end());
  std::vector<std::string> ids;
  int64_t least = kFutureMicros;
  int64_t greatest = kPastMicros;
  for (const auto& [id, time] : keys) {
    ids.push_back(id);
    least = std::min(least, time);
    greatest = std::max(greatest, time);
  }
  std::vector<std::string> chunk(kChunk);
  JobRow row;
  soci::statement select(session);
  BindColumns(&row, &select);
  for (const std::string& id : chunk) BindNext(id, &select);
  BindNext(least, &select);
  BindNext(greatest, &select);
  BindNext(cluster, &select);
  Prepare(SelectJobsSql(absl::StrCat(
              "WHERE job_id IN (", Placeholders(),
              ") AND submit_time >= :least AND submit_time <= :greatest AND "
              "cluster = :cluster")),
          &select);
  ForChunks<std::string>(ids, &chunk, [&] {
    for (bool more = select.execute(true); more; more = select.fetch()) {
      if (wanted.contains(RunKey(row.job_id, row.submit_time))) {
        out->push_back(ToJob(std::move(row)));
      }
    }
  });
}

}  // namespace

std::vector<Job> SelectJobs(soci::session& session, const Conditions& where,
                            absl::string_view rest) {
  JobRow row;
  soci::statement select(session);
  BindColumns(&row, &select);
  where.BindTo(&select);
  PrepareOnce(SelectJobsSql(absl::StrCat(where.sql(), " ", rest)), &select);
  std::vector<Job> jobs;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    jobs.push_back(ToJob(std::move(row)));
  }
  return jobs;
}

std::vector<Job> FindByKeys(soci::session& session,
                            const std::vector<JobKey>& keys) {
  // Most jobs that are asked for are new, and so are newer than any other.
  const int64_t newest = NewestSubmitTime(session);
  std::map<std::string, std::vector<RunKey>> by_cluster;
  for (const JobKey& key : keys) {
    const int64_t submit_time = ToMicros(key.submit_time);
    if (submit_time > newest) continue;
    by_cluster[ToText(key.cluster)].emplace_back(ToText(key.job_id),
                                                 submit_time);
  }
  std::vector<Job> jobs;
  for (auto& [cluster, runs] : by_cluster) {
    // A key that is asked for twice is found once, and neighbours in the index
    // are looked up one after the other.
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    FindRuns(session, cluster, runs, &jobs);
  }
  return jobs;
}

std::vector<JobRow> FindByIds(soci::session& session,
                              const std::vector<int64_t>& ids) {
  std::vector<JobRow> rows;
  if (ids.empty()) return rows;
  JobRow row;
  soci::statement select(session);
  BindColumns(&row, &select);
  if (ids.size() <= kChunk) {
    // SQLite takes longer to bind them than to read them.
    PrepareOnce(SelectJobsSql(absl::StrCat("WHERE id IN (",
                                           absl::StrJoin(ids, ", "), ")")),
                &select);
    for (bool more = select.execute(true); more; more = select.fetch()) {
      rows.push_back(std::move(row));
    }
    return rows;
  }
  std::vector<int64_t> chunk(kChunk);
  for (const int64_t& id : chunk) BindNext(id, &select);
  Prepare(SelectJobsSql(absl::StrCat("WHERE id IN (", Placeholders(), ")")),
          &select);
  ForChunks<int64_t>(ids, &chunk, [&] {
    for (bool more = select.execute(true); more; more = select.fetch()) {
      rows.push_back(std::move(row));
    }
  });
  return rows;
}

std::vector<Job> SelectLive(soci::session& session, const std::string& cluster,
                            int64_t ended_after) {
  Conditions waiting;
  waiting.Add("phase = 1");
  waiting.Add(absl::StrCat("cluster = ", waiting.Bind(cluster)));
  std::vector<Job> jobs = SelectJobs(session, waiting, "");
  Conditions ended;
  ended.Add("phase <> 1");
  ended.Add(absl::StrCat("end_sort >= ", ended.Bind(ended_after)));
  ended.Add(absl::StrCat("cluster = ", ended.Bind(cluster)));
  for (Job& job : SelectJobs(session, ended, "")) {
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace smon
