// Input: what `sinfo -N` prints.

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/node_hosts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view output = smon::FuzzInput(data, size).Rest();
  const auto hosts = smon::slurm::ParseNodeHosts(output);
  const size_t lines = std::count(output.begin(), output.end(), '\n') + 1;
  SMON_FUZZ_CHECK(hosts.size() <= lines);
  for (const auto& [node, host] : hosts) {
    SMON_FUZZ_CHECK(!node.empty() && !host.empty());
    for (const std::string* name : {&node, &host}) {
      SMON_FUZZ_CHECK(name->find_first_of(" \n") == std::string::npos);
      SMON_FUZZ_CHECK(absl::StrContains(output, *name));
    }
  }
  return 0;
}
