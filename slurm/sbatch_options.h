#ifndef SMON_SLURM_SBATCH_OPTIONS_H_
#define SMON_SLURM_SBATCH_OPTIONS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// What a job's own text says about its --output.
struct OutputOption {
  enum class Answer {
    kAbsent,     // certainly no such option
    kPresent,    // certainly this one
    kAmbiguous,  // cannot be told; never guessed
  };
  Answer answer = Answer::kAbsent;
  std::string pattern;  // kPresent only
  // The line has --wrap: the script is made by sbatch, which then looks for no
  // #SBATCH lines in it. Meaningful for a submit line that is not ambiguous.
  bool is_wrapped = false;
};

// --output in sbatch's command line, as accounting keeps it: the arguments
// joined by single spaces, without quotes. So an argument that holds a space
// looks like several, and where that could matter, the answer is kAmbiguous.
// `job_name` is the name that accounting gives: it shows where a value with
// spaces ends, and which word is the script.
//
// Of a heterogeneous job, the first component's.
OutputOption OutputFromSubmitLine(absl::string_view line,
                                  absl::string_view job_name);

// --output in the #SBATCH lines of a batch script, which come before its first
// command (sbatch(1)). kAmbiguous also for an output option in a #PBS or #BSUB
// line, which sbatch reads in its own way.
//
// Of a heterogeneous job, the first component's.
OutputOption OutputFromScript(absl::string_view script);

}  // namespace smon::slurm

#endif  // SMON_SLURM_SBATCH_OPTIONS_H_
