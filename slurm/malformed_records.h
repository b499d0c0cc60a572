#ifndef SMON_SLURM_MALFORMED_RECORDS_H_
#define SMON_SLURM_MALFORMED_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// Puts the records of one command's output that could not be read into its
// snapshot, bounded in number and size. The first few are logged one by one,
// the rest as a number when this goes away, so that a broken command cannot
// flood the log. Not thread-safe; the snapshot must outlive it.
class MalformedRecords {
 public:
  MalformedRecords(absl::string_view command, JobSnapshot* snapshot)
      : command_(command), snapshot_(snapshot) {}
  ~MalformedRecords();
  MalformedRecords(const MalformedRecords&) = delete;
  MalformedRecords& operator=(const MalformedRecords&) = delete;

  // A record whose id field says `job_id`.
  void AddRecord(absl::string_view job_id, std::optional<int64_t> raw_id,
                 const absl::Status& why);
  // Text that is no record at all.
  void AddStrayText(absl::string_view text);

 private:
  void Add(MalformedRecord record);

  const std::string command_;
  JobSnapshot* const snapshot_;
  int64_t not_logged_ = 0;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_MALFORMED_RECORDS_H_
