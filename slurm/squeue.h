#ifndef SMON_SLURM_SQUEUE_H_
#define SMON_SLURM_SQUEUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "slurm/job_selection.h"
#include "slurm/malformed_records.h"
#include "slurm/record_fields.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// The command line that prints every job that slurmctld holds, ended ones too,
// for ParseSqueue. `separator` is of RandomSeparator().
std::vector<std::string> SqueueArgv(const JobSelection& selection,
                                    absl::string_view separator);

// Reads what SqueueArgv's command prints in SlurmEnvironment(), piece by piece.
// Malformed records and array summaries are left out and counted.
//
// What squeue 22.05 does (seen on a real cluster):
// - A job that never started has the time of its end as its start; that it has
//   no batch host tells it apart. start_time is left out for it.
// - A waiting job has estimates for its start and end; both are left out.
// - After a requeue the submit time is that of the requeue, and accounting
//   gives the new run the same one. It keeps the first run's for that run.
// - batch_host is the node's name in slurm.conf. It is not always the host's.
class SqueueReader {
 public:
  // `is_news` must outlive it.
  SqueueReader(absl::string_view separator, IsNews is_news);

  void Feed(absl::string_view piece) { records_.Feed(piece); }
  // INTERNAL when the output is cut.
  absl::StatusOr<JobSnapshot> Finish();

 private:
  void ReadRecord(const absl::string_view* fields,
                  absl::string_view stray_text);

  const IsNews is_news_;
  JobSnapshot snapshot_;
  MalformedRecords malformed_{"squeue", &snapshot_};
  RecordStream records_;
};

// The same for an output at hand.
absl::StatusOr<JobSnapshot> ParseSqueue(absl::string_view output,
                                        absl::string_view separator,
                                        IsNews is_news);

}  // namespace smon::slurm

#endif  // SMON_SLURM_SQUEUE_H_
