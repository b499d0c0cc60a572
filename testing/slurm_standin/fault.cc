#include "testing/slurm_standin/fault.h"

#include <algorithm>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace smon::slurm_standin {
namespace {

// The same bytes in every run.
std::string Garbage(int64_t size) {
  std::minstd_rand random(1);
  std::string bytes(static_cast<size_t>(size), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

}  // namespace

const Fault* FindFault(const State& state, const Call& call) {
  const auto found = state.faults.find(call.program);
  if (found == state.faults.end()) return nullptr;
  const std::string args = absl::StrJoin(call.args, " ");
  for (const Fault& fault : found->second) {
    if (absl::StrContains(args, fault.args_contain)) return &fault;
  }
  return nullptr;
}

Output ApplyFault(const Fault& fault, Output output) {
  const bool stops =
      fault.hang || fault.signal != 0 || fault.exit_status.value_or(0) != 0;
  if (fault.empty) output = Output();
  if (fault.garbage_bytes > 0) output.out = Garbage(fault.garbage_bytes);
  if (fault.truncate_bytes.has_value() || stops) {
    output.out.resize(
        std::min<size_t>(output.out.size(), fault.truncate_bytes.value_or(0)));
  }
  output.out.insert(0, fault.stdout_before);
  output.err = absl::StrCat(fault.stderr_text, stops ? "" : output.err);
  if (fault.exit_status.has_value()) output.exit_status = *fault.exit_status;
  return output;
}

}  // namespace smon::slurm_standin
