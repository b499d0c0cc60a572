#ifndef SMON_SLURM_MALFORMED_RECORDS_H_
#define SMON_SLURM_MALFORMED_RECORDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {

// Counts the records in one command's output that could not be read. The first
// few are logged one by one, the rest as a number when this goes away, so that
// a broken command cannot flood the log. Not thread-safe.
class MalformedRecords {
 public:
  explicit MalformedRecords(absl::string_view command) : command_(command) {}
  ~MalformedRecords();
  MalformedRecords(const MalformedRecords&) = delete;
  MalformedRecords& operator=(const MalformedRecords&) = delete;

  // A record whose id field says `job_id`.
  void Add(absl::string_view job_id, const absl::Status& why);
  // Text that is no record at all.
  void AddStrayLines(int64_t lines);

  int64_t count() const { return count_; }

 private:
  const std::string command_;
  int64_t count_ = 0;
  int64_t not_logged_ = 0;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_MALFORMED_RECORDS_H_
