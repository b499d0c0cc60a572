#ifndef SMON_TESTING_SLURM_STANDIN_SACCT_SELECTION_H_
#define SMON_TESTING_SLURM_STANDIN_SACCT_SELECTION_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/job_text.h"
#include "testing/slurm_standin/options.h"

namespace smon::slurm_standin {

// The jobs that a call of sacct asks for; sacct(1), "--state" and "DEFAULT TIME
// WINDOW". Without states, all that were eligible in the window and had not
// ended before it; with states, those that ended in the window with the state,
// or for PENDING and RUNNING were so at some moment of the window, whatever
// they are now.
class SacctSelection {
 public:
  // False when the call ends here, with what is in `output`.
  bool Read(const State& state, const Call& call, const Options& options,
            Output* output);

  // In the order of the records. Without `duplicates`, only the last run of
  // each job that matches.
  std::vector<const Job*> Select(const State& state, bool duplicates) const;

 private:
  bool ReadWindow(const Call& call, const Options& options, Output* output);
  bool Matches(const Job& job) const;
  bool MatchesWindow(const Job& job) const;
  bool MatchesState(const Job& job, const std::string& state) const;

  std::vector<JobSelector> jobs_;
  std::set<std::string> states_;
  std::set<std::string> users_;
  std::set<std::string> partitions_;
  int64_t start_ = 0;  // 0: no window
  int64_t end_ = 0;
};

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_SACCT_SELECTION_H_
