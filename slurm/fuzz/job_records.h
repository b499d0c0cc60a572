#ifndef SMON_SLURM_FUZZ_JOB_RECORDS_H_
#define SMON_SLURM_FUZZ_JOB_RECORDS_H_

#include "absl/strings/string_view.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// Checks what must hold for a record, whatever it was read from.
void CheckRecord(const JobRecord& job);

// Checks two full readings of the same output.
void CheckSameRecords(const JobSnapshot& a, const JobSnapshot& b);

// Checks what must hold for the records that were read from any output: each
// has an identity, none is made of more bytes than were there, no text holds
// the separator.
void CheckSnapshot(const JobSnapshot& snapshot, absl::string_view output,
                   absl::string_view separator, size_t fields);

// An IsNews for those who know everything.
inline bool Nothing(const RecordHead&) { return false; }

// Checks two readings of the same output: one in which all was news, and one in
// which nothing was.
void CheckHeads(const JobSnapshot& all, const JobSnapshot& none);

}  // namespace smon::slurm

#endif  // SMON_SLURM_FUZZ_JOB_RECORDS_H_
