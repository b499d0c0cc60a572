#ifndef SMON_SLURM_SACCT_H_
#define SMON_SLURM_SACCT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "slurm/job_selection.h"
#include "slurm/malformed_records.h"
#include "slurm/record_fields.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// What this site's sacct can do; asked once.
struct SacctCapabilities {
  bool work_dir = false;
  bool submit_line = false;   // 21.08 and newer, as are stored batch scripts
  bool stdout_field = false;  // 24.05 and newer
};

// Reads the output of `sacct --helpformat`, a list of the fields. INTERNAL when
// one is missing that we cannot do without.
absl::StatusOr<SacctCapabilities> ParseSacctHelpformat(
    absl::string_view output);

// The command line that prints every run that ended between the two times, for
// ParseSacct; InfiniteFuture stands for now. `separator` is of
// RandomSeparator(). To be run in SlurmEnvironment(): -S takes local time,
// which that sets to UTC.
std::vector<std::string> SacctArgv(const JobSelection& selection,
                                   const SacctCapabilities& capabilities,
                                   absl::Time since, absl::Time until,
                                   absl::string_view separator);

// Reads what SacctArgv's command prints, piece by piece. Left out: runs that
// have not ended, rows that accounting has not filled in yet (see below); and,
// counted, array summaries and malformed records.
//
// What sacct 22.05 does (seen on a real cluster):
// - With -p each field is followed by the delimiter, also the last. So a record
//   is a fixed number of delimited fields, whatever bytes they hold.
// - -S, -E and -s together give the runs that ended in the window, also those
//   cancelled before they started. Without -s those are missing; without -E
//   there are none.
// - -D gives a row for each run. A run that ended because a user requeued the
//   job is REQUEUED (also for requeuehold and SPECIAL_EXIT). A run that ended
//   by a preemption or a node failure is PREEMPTED or NODE_FAIL, also when the
//   job is then requeued.
// - Each run has its own submit time: the first that of sbatch, the next ones
//   those of the requeues, as squeue shows while they last.
// - A job that never started has "None assigned" for nodes; its start may be
//   None or the time of its end.
// - The exit code of a job cancelled while it ran is 0:0; squeue has 0:15.
// - In the first seconds after a short job ended its row may have "allocation"
//   for the name, no partition and no folder.
class SacctReader {
 public:
  // `is_news` must outlive it.
  SacctReader(absl::string_view separator,
              const SacctCapabilities& capabilities, IsNews is_news);

  void Feed(absl::string_view piece) { records_.Feed(piece); }
  // INTERNAL when the output is cut.
  absl::StatusOr<JobSnapshot> Finish();

 private:
  void ReadRecord(const absl::string_view* present,
                  absl::string_view stray_text);

  const std::vector<int> present_;  // the fields that there are
  const IsNews is_news_;
  JobSnapshot snapshot_;
  MalformedRecords malformed_{"sacct", &snapshot_};
  RecordStream records_;
};

// The same for an output at hand.
absl::StatusOr<JobSnapshot> ParseSacct(absl::string_view output,
                                       absl::string_view separator,
                                       const SacctCapabilities& capabilities,
                                       IsNews is_news);

}  // namespace smon::slurm

#endif  // SMON_SLURM_SACCT_H_
