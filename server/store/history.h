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
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  // Adds an entry, unless the text is empty.
  void Add(int64_t job, About about, absl::string_view text);

 private:
  // What the statements are bound to.
  int64_t job_ = 0;
  int64_t seq_ = 0;
  const int64_t time_;
  int64_t of_log_ = 0;
  std::string text_;
  int64_t oldest_kept_ = 0;
  soci::statement next_seq_;
  soci::statement insert_;
  soci::statement prune_;
};

// Oldest first, the last 100: the job's own, and what its log's owner (if
// another job) tells of the log. Throws what SOCI throws.
std::vector<HistoryEntry> ReadHistory(soci::session& session,
                                      const JobRow& job);

}  // namespace smon

#endif  // SMON_SERVER_STORE_HISTORY_H_
