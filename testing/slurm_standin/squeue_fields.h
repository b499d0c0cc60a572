#ifndef SMON_TESTING_SLURM_STANDIN_SQUEUE_FIELDS_H_
#define SMON_TESTING_SLURM_STANDIN_SQUEUE_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {

// A field that squeue can print.
struct SqueueField {
  absl::string_view name;  // of -O, in lower case
  char code;               // of -o; 0: none
  absl::string_view header;
  std::string (*text)(const State&, const Call&, const Job&);
};

// One column of a line, with the text around it.
struct SqueueColumn {
  const SqueueField* field = nullptr;  // null: empty, or literal text only
  int width = 0;                       // 0: as long as the text
  bool right = false;
  std::string prefix;
  std::string suffix;
};

// Reads -o's "%.18i|%j" and -O's "JobID:8,Name:.12,State:SEP". What Slurm does
// not know is told in `err`, and printed as Slurm prints it.
std::vector<SqueueColumn> ParseShortFormat(absl::string_view format,
                                           std::string* err);
std::vector<SqueueColumn> ParseLongFormat(absl::string_view format,
                                          std::string* err);

// Appends the column's text as Slurm pads and cuts it.
void AppendColumn(const SqueueColumn& column, absl::string_view text,
                  std::string* line);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_SQUEUE_FIELDS_H_
