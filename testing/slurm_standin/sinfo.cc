#include <algorithm>
#include <map>
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
      {'a', "all", false},       {'h', "noheader", false},
      {'N', "Node", false},      {'o', "format", true},
      {'p', "partition", true},  {'M', "clusters", true},
      {'s', "summarize", false}, {'V', "version", false}};
  return *kSpecs;
}

// What a line may tell, by the letters of -o.
using Fields = std::map<char, std::string>;

std::string Line(const std::string& format, const Fields& fields) {
  std::string line;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      line.push_back(format[i]);
    } else {
      line.append(fields.at(format[++i]));
    }
  }
  line.push_back('\n');
  return line;
}

// Only names are modelled: of partitions, and with -N of nodes and their hosts.
bool IsModelled(const std::string& format, bool by_node) {
  const std::string letters = by_node ? "RPNn" : "RP";
  bool has_field = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size() || letters.find(format[i]) == std::string::npos) {
      return false;
    }
    has_field = true;
  }
  return has_field;
}

Fields PartitionFields(const Partition& partition) {
  return {{'R', partition.name},
          {'P', absl::StrCat(partition.name, partition.is_default ? "*" : "")}};
}

// Every node is in every partition.
std::string NodeLines(const State& state, const std::string& format,
                      const std::vector<Fields>& partitions) {
  std::string lines;
  for (const auto& [node, host] : state.nodes) {
    for (Fields fields : partitions) {
      fields['N'] = node;
      fields['n'] = host;
      lines += Line(format, fields);
    }
  }
  return lines;
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
  const bool by_node = options.Has("Node");
  if (!IsModelled(format, by_node)) {
    return Failure(
        "slurm_standin: sinfo is modelled with -o of %R and %P, and with -N of "
        "%N and %n, too\n",
        99);
  }
  if (const auto fault = ContactController(call, "REQUEST_PARTITION_INFO",
                                           "slurm_load_partitions: ")) {
    return *fault;
  }
  Output output;
  if (!options.Has("noheader")) {
    if (!call.cluster.empty()) {
      absl::StrAppend(&output.out, "CLUSTER: ", call.cluster, "\n");
    }
    output.out += Line(format, {{'R', "PARTITION"},
                                {'P', "PARTITION"},
                                {'N', "NODELIST"},
                                {'n', "HOSTNAMES"}});
  }
  const std::vector<std::string> wanted = options.List("partition");
  std::vector<Fields> partitions;
  for (const Partition& partition : state.partitions) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(),
                                    partition.name) != wanted.end()) {
      partitions.push_back(PartitionFields(partition));
    }
  }
  if (by_node) {
    output.out += NodeLines(state, format, partitions);
  } else {
    for (const Fields& fields : partitions) output.out += Line(format, fields);
  }
  return output;
}

}  // namespace smon::slurm_standin
