#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/fault_presets.h"
#include "testing/slurm_standin/options.h"

namespace smon::slurm_standin {
namespace {

const std::vector<OptionSpec>& Specs() {
  static const auto* const kSpecs = new std::vector<OptionSpec>{
      {'a', "all", false},     {'h', "noheader", false},
      {'o', "format", true},   {'p', "partition", true},
      {'M', "clusters", true}, {'s', "summarize", false},
      {'V', "version", false}};
  return *kSpecs;
}

// One line by a format of %R, %P and literal text.
std::string Line(const std::string& format, const std::string& plain,
                 const std::string& marked) {
  std::string line;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      line.push_back(format[i]);
    } else {
      line.append(format[++i] == 'R' ? plain : marked);
    }
  }
  line.push_back('\n');
  return line;
}

// Only names of partitions are modelled.
bool IsModelled(const std::string& format) {
  bool has_field = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size() || (format[i] != 'R' && format[i] != 'P')) {
      return false;
    }
    has_field = true;
  }
  return has_field;
}

}  // namespace

Output RunSinfo(const State& state, const Call& call) {
  const Options options = ParseOptions(Specs(), call.args);
  if (!options.error.empty()) {
    return Failure(absl::StrCat("sinfo: ", options.error,
                                "\nTry \"sinfo --help\" for more "
                                "information\n"));
  }
  if (options.Has("version")) return VersionOutput(state);
  const std::string format = options.Get("format");
  if (!IsModelled(format)) {
    return Failure("slurm_standin: sinfo is modelled with -o of %R and %P\n",
                   99);
  }
  if (const auto fault = ContactController(call, "REQUEST_PARTITION_INFO",
                                           "slurm_load_partitions: ")) {
    return *fault;
  }
  Output output;
  if (!options.Has("noheader")) {
    output.out = Line(format, "PARTITION", "PARTITION");
  }
  const std::vector<std::string> wanted = options.List("partition");
  for (const Partition& partition : state.partitions) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(),
                                     partition.name) == wanted.end()) {
      continue;
    }
    output.out +=
        Line(format, partition.name,
             absl::StrCat(partition.name, partition.is_default ? "*" : ""));
  }
  return output;
}

}  // namespace smon::slurm_standin
