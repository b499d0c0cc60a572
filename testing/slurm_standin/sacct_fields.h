#ifndef SMON_TESTING_SLURM_STANDIN_SACCT_FIELDS_H_
#define SMON_TESTING_SLURM_STANDIN_SACCT_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {

// A row of sacct: a job, or the step of its batch script.
struct SacctRow {
  const Job* job = nullptr;
  bool is_batch_step = false;
};

struct SacctField {
  absl::string_view name;  // as --helpformat spells it
  int width;               // negative: left-aligned
  std::string (*text)(const State&, const Call&, const SacctRow&);
};

struct SacctColumn {
  const SacctField* field = nullptr;
  int width = 0;
};

// sacct's state: "CANCELLED by 1000".
std::string SacctState(const Job& job);

// Reads "JobID,State%20,…". For a name that sacct of this version does not
// have, or that the stand-in cannot print, false and the message in `err`.
bool ParseSacctFormat(const State& state, absl::string_view format,
                      std::vector<SacctColumn>* columns, std::string* err);

// The table that --helpformat prints.
std::string SacctHelpFormat(const State& state);

// What accounting keeps of a text: '"' is '`', and each byte that is not part
// of valid UTF-8 is '?'.
std::string AccountingText(absl::string_view text);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_SACCT_FIELDS_H_
