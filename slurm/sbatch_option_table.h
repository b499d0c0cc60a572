#ifndef SMON_SLURM_SBATCH_OPTION_TABLE_H_
#define SMON_SLURM_SBATCH_OPTION_TABLE_H_

#include "absl/strings/string_view.h"

namespace smon::slurm {

// What kind of value an option of sbatch takes.
enum class OptionKind {
  kNone,    // none, or an optional one that is attached: --nice=5
  kWord,    // one that never holds a space
  kPath,    // one that seldom does, such as --error, --chdir or --export
  kProse,   // any text, such as --comment
  kOutput,  // --output
  kName,    // --job-name
  kWrap,    // --wrap
  kUnknown,
};

// Of a long option without its dashes and value, "output" or, as getopt_long(3)
// allows, the unambiguous beginning "outp".
OptionKind LongOptionKind(absl::string_view name);

// Of a short option: 'o'.
OptionKind ShortOptionKind(char letter);

}  // namespace smon::slurm

#endif  // SMON_SLURM_SBATCH_OPTION_TABLE_H_
