#ifndef SMON_SLURM_FILENAME_PATTERN_H_
#define SMON_SLURM_FILENAME_PATTERN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {

// What the letters of a filename pattern stand for. An absent value makes a
// pattern that needs it an error.
struct PatternValues {
  std::optional<int64_t> job_id;         // %j, %J: the raw id
  std::optional<int64_t> array_job_id;   // %A: the raw id of a plain job
  std::optional<int64_t> array_task_id;  // %a: kNoArrayTask for a plain job
  std::optional<std::string> host;       // %N: short name of the batch host
  std::optional<std::string> user;       // %u
  std::optional<std::string> job_name;   // %x
  // %b is the task id modulo 10 from Slurm 23.02 on, and no pattern before.
  std::optional<bool> has_modulo_pattern;
};

// What slurmd prints for %a of a job that is no array task (NO_VAL).
inline constexpr int64_t kNoArrayTask = 4294967294;

// Expands an absolute filename pattern of a batch script (sbatch(1), "filename
// pattern") as slurmstepd 22.05 does when it creates the file, which is not
// quite as the manual says:
//
//   %A %a %j %J %N %n %s %t %u %x    replaced; numbers are padded with zeros
//                                    to the width in "%4a", at most 10
//   %%                               a '%'
//   %q, "%" at the end               unknown letters stay as they are
//   %5q                              "5q": with a width the '%' goes, and of
//                                    the width its last digit stays
//   a '\' anywhere                   nothing is expanded; each '\' goes, the
//                                    character after it stays
//
// One pass: a '%' in a job's name is not expanded. INVALID_ARGUMENT names the
// pattern that needs an absent value.
absl::StatusOr<std::string> ExpandFilenamePattern(absl::string_view pattern,
                                                  const PatternValues& values);

}  // namespace smon::slurm

#endif  // SMON_SLURM_FILENAME_PATTERN_H_
