#ifndef SMON_SERVER_STORE_JOB_TABLE_H_
#define SMON_SERVER_STORE_JOB_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// "SELECT … FROM jobs " of all columns, before `rest`.
std::string SelectJobsSql(absl::string_view rest);
// Binds the columns of SelectJobsSql. The row must outlive the statement.
void BindColumns(JobRow* row, soci::statement* statement);

// Reads and writes single jobs, within one transaction. Statements are
// prepared when first needed and used again for each row. Throws what SOCI
// throws. Not thread-safe, and must not outlive the transaction.
class JobTable {
 public:
  // `now` is what created_at and updated_at are set to, in microseconds.
  JobTable(soci::session& session, int64_t now);
  ~JobTable();
  JobTable(const JobTable&) = delete;
  JobTable& operator=(const JobTable&) = delete;

  // False, and `row` as it was, when there is no such job.
  bool FindById(int64_t id, JobRow* row);
  bool FindByKey(const std::string& cluster, const std::string& job_id,
                 int64_t submit_time, JobRow* row);
  // Jobs that share this job's log.
  std::vector<JobRow> FindFollowers(int64_t id);

  // Both fill in the facts and the times; Insert the id too.
  void Insert(JobRow* row);
  // Writes the columns that differ from `before`, what is stored now. False
  // when none does.
  bool Update(const JobRow& before, JobRow* after);

 private:
  struct Query;

  bool FetchOne(Query* query, JobRow* row);
  soci::statement* UpdateOf(const std::string& assignments);

  soci::session& session_;
  const int64_t now_;
  // What the statements that write are bound to.
  JobRow written_;
  std::unique_ptr<Query> by_id_;
  std::unique_ptr<Query> by_key_;
  std::unique_ptr<Query> followers_;
  std::unique_ptr<soci::statement> insert_;
  // By the columns that they set: jobs change in few ways.
  std::map<std::string, std::unique_ptr<soci::statement>> updates_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_TABLE_H_
