#ifndef SMON_SERVER_STORE_HISTORY_H_
#define SMON_SERVER_STORE_HISTORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/monitor/job.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Appends to the histories of jobs, within one transaction, and keeps the last
// 100 entries of each. Throws what SOCI throws. Not thread-safe, and must not
// outlive the transaction.
class HistoryWriter {
 public:
  enum class About {
    kJob = 0,
    kLog = 1,  // also shown by the jobs that share the job's log
  };

  // `now` is the time of all entries, in microseconds.
  HistoryWriter(soci::session& session, int64_t now);
  ~HistoryWriter();
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  // Adds an entry of a job that is stored, unless the text is empty.
  void Add(int64_t job, About about, absl::string_view text);

  // Has to be called last: with PostgreSQL, entries are written many at a time.
  void Finish();

 private:
  // SQLite's statements, which write entry by entry.
  struct Statements;
  struct Entry {
    int64_t job;
    int64_t of_log;
    std::string text;
  };

  void Write(Entry entry);

  soci::session& session_;
  const bool queues_;
  const int64_t time_;
  std::unique_ptr<Statements> statements_;
  std::vector<Entry> queue_;
};

// Oldest first, the last 100: the job's own, and what its log's owner (if
// another job) tells of the log. Throws what SOCI throws.
std::vector<HistoryEntry> ReadHistory(soci::session& session,
                                      const JobRow& job);

}  // namespace smon

#endif  // SMON_SERVER_STORE_HISTORY_H_
