#ifndef SMON_SERVER_STORE_JOB_INSERTER_H_
#define SMON_SERVER_STORE_JOB_INSERTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Adds rows to the table jobs, within one transaction: many rows to a
// statement, and in it only the columns that differ from those of a job that
// has just come. That is several times as fast as a statement a row. Throws
// what SOCI throws. Not thread-safe, and must not outlive the transaction.
class JobInserter {
 public:
  explicit JobInserter(soci::session& session);
  ~JobInserter();
  JobInserter(const JobInserter&) = delete;
  JobInserter& operator=(const JobInserter&) = delete;

  // Takes a row, unless it is full. The row's id is not in use, and greater
  // than that of the row before.
  void Add(JobRow&& row);

  // Has to be flushed now.
  bool full() const { return size_ == batch_; }

  // How many rows were added since the last Flush; they can be read until the
  // next Add.
  size_t size() const { return size_; }
  const JobRow& row(size_t i) const { return rows_[i]; }

  // Writes the rows, but for those whose cluster, job_id and submit_time are in
  // the table: the numbers of these are returned, in order.
  std::vector<size_t> Flush();

 private:
  // One bit for each column.
  using Columns = uint64_t;

  soci::statement* StatementOf(size_t rows);
  // How many were inserted.
  size_t InsertArrays();
  std::vector<size_t> FindMissing();

  soci::session& session_;
  // All rows go in one statement, as arrays.
  const bool arrays_;
  // What the statements are bound to, so it never moves.
  std::vector<JobRow> rows_;
  size_t size_ = 0;
  // The rows of a full statement, and how many rows have been written. A big
  // statement takes as long to prepare as a hundred rows to write.
  size_t batch_;
  size_t written_ = 0;
  // Those that any row so far had a value in.
  Columns columns_ = 0;
  // By the columns and the number of rows.
  std::map<std::pair<Columns, size_t>, std::unique_ptr<soci::statement>>
      statements_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_INSERTER_H_
