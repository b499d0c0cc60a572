#ifndef SMON_SERVER_MONITOR_MERGE_H_
#define SMON_SERVER_MONITOR_MERGE_H_

#include <string>
#include <vector>

#include "server/monitor/job.h"
#include "slurm/job_record.h"

namespace smon {

enum class RecordSource { kQueue, kAccounting };

// Puts what a Slurm command said about a run together with what is known of it.
// The rules, each for a reason (docs/SLURM.md):
// - An end is final: a record of a run that has ended does not reopen it.
// - The controller's text is exact, accounting's is changed (names lose quotes
//   and bytes): accounting fills empty text and never replaces any.
// - On how and when a run ended, accounting has the last word: the controller
//   notes the signal that stopped a cancelled job, accounting does not, and
//   `sacct` is what users compare with. But accounting cuts exit codes of 128
//   and more; the controller's whole one is kept.
// Returns one sentence for each thing worth a history entry.
std::vector<std::string> MergeRecord(const slurm::JobRecord& said,
                                     RecordSource source,
                                     slurm::JobRecord* known);

// "COMPLETED, exit 0:0".
std::string DescribeEnd(const slurm::JobRecord& record);

// A hash of all that MergeRecord reads. Equal records need no second look.
// Differs from process to process.
uint64_t Fingerprint(const slurm::JobRecord& record);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_MERGE_H_
