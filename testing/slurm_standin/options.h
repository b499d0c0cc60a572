#ifndef SMON_TESTING_SLURM_STANDIN_OPTIONS_H_
#define SMON_TESTING_SLURM_STANDIN_OPTIONS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::slurm_standin {

struct OptionSpec {
  char letter;       // 0: none
  const char* name;  // without "--"
  bool takes_value;
};

// What was given, by the long name; the last one counts, as in Slurm. An option
// without a value has "".
struct Options {
  std::map<std::string, std::string> values;
  std::vector<std::string> operands;
  std::string error;  // in getopt's words, without the program's name

  bool Has(const std::string& name) const { return values.count(name) > 0; }
  std::string Get(const std::string& name) const;
  // The value split at commas, without empty parts.
  std::vector<std::string> List(const std::string& name) const;
};

// Reads arguments as getopt_long does: -hr, -tall, -t all, --states=all,
// --states all, --stat=all; operands in any place; "--" ends the options.
Options ParseOptions(const std::vector<OptionSpec>& specs,
                     const std::vector<std::string>& args);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_OPTIONS_H_
