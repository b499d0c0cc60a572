// Input: a node list.

#include <string>

#include "absl/strings/string_view.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/host_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view list = smon::FuzzInput(data, size).Rest();
  const std::string host = smon::slurm::FirstHost(list);
  SMON_FUZZ_CHECK(host.size() <= list.size());
  SMON_FUZZ_CHECK(host.find_first_of(",[]/\\% \n\t") == std::string::npos);
  SMON_FUZZ_CHECK(host.find('\0') == std::string::npos);
  // A host is the first of the list that it is.
  SMON_FUZZ_CHECK(smon::slurm::FirstHost(host) == host);
  if (list.find_first_of(",[") == absl::string_view::npos) {
    SMON_FUZZ_CHECK(host.empty() || host == list);
  }
  return 0;
}
