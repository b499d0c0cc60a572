#ifndef SMON_SERVER_STORE_JOB_TABLE_H_
#define SMON_SERVER_STORE_JOB_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/store/job_cache.h"
#include "server/store/job_counts.h"
#include "server/store/job_inserter.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// The last number that was given out under the name: "jobs" or "changes".
int64_t ReadLastId(soci::session& session, const std::string& name);

// Reads and writes single jobs, within one transaction. Statements are
// prepared when first needed and used again for each row. Throws what SOCI
// throws. Not thread-safe, and must not outlive the transaction.
class JobTable {
 public:
  // `now` is what created_at and updated_at are set to, in microseconds, and
  // what numbers of changes start from.
  JobTable(soci::session& session, int64_t now);
  ~JobTable();
  JobTable(const JobTable&) = delete;
  JobTable& operator=(const JobTable&) = delete;

  // These jobs are going to be looked for: with PostgreSQL, they are read in
  // one go.
  bool reads_ahead() const { return cache_ != nullptr; }
  void Expect(const std::vector<int64_t>& ids);
  void ExpectKeys(const std::vector<JobCache::Key>& keys);

  // False, and `row` as it was, when there is no such job.
  bool FindById(int64_t id, JobRow* row);
  bool FindByKey(const std::string& cluster, const std::string& job_id,
                 int64_t submit_time, JobRow* row);
  // Jobs that share this job's log.
  std::vector<JobRow> FindFollowers(int64_t id);

  // The next three fill in the facts and the times, and the first two the id.

  // Queues a new row, whose key may be in the table, and returns its id. Flush
  // has to be called when the queue is full, and before Insert and Finish; what
  // is queued is not found.
  int64_t Add(JobRow&& row);
  bool queue_is_full() const { return inserter_.full(); }
  // Writes the queued rows, but for those whose key is in the table. The
  // numbers of these in the queue, from 0.
  std::vector<size_t> Flush();
  // Writes a row whose key is not in the table. Nothing is queued.
  void Insert(JobRow* row);
  // Writes the columns that differ from `before`, what is stored now; with
  // PostgreSQL, at the latest in Finish. False when none does.
  bool Update(const JobRow& before, JobRow* after);

  // Has to be called last, after any change.
  void Finish();

 private:
  struct Query;

  bool FetchOne(Query* query, JobRow* row);
  int64_t NextId();
  int64_t NextChange();
  soci::statement* UpdateOf(const std::string& assignments);

  soci::session& session_;
  const int64_t now_;
  JobInserter inserter_;
  // Null with SQLite, which reads and writes job by job.
  std::unique_ptr<JobCache> cache_;
  CountChanges counts_;
  // The last id that was given, by this transaction and before it; 0 before the
  // first is asked for.
  int64_t last_id_ = 0;
  int64_t first_id_ = 0;
  // The last number of a change; 0 before there is one in this transaction.
  int64_t last_change_ = 0;
  // What the statements that write are bound to.
  JobRow written_;
  std::unique_ptr<Query> by_id_;
  std::unique_ptr<Query> by_key_;
  std::unique_ptr<Query> followers_;
  // By the columns that they set: jobs change in few ways.
  std::map<std::string, std::unique_ptr<soci::statement>> updates_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_TABLE_H_
