#include "slurm/environment.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {
namespace {

constexpr absl::string_view kDroppedPrefixes[] = {
    "SLURM_", "SQUEUE_", "SACCT_", "SINFO_", "SCONTROL_",
};

// What Slurm's commands need to find and enter the cluster.
constexpr absl::string_view kKeptSlurm[] = {
    "SLURM_CONF",        "SLURM_CONF_SERVER", "SLURM_JWT",
    "SLURM_SACK_SOCKET", "SLURM_SACK_KEY",    "SLURM_SACK_JWKS",
};

// POSIXLY_CORRECT changes how options are read, the others how text is shown.
constexpr absl::string_view kDropped[] = {
    "LC_ALL", "TZ", "COLUMNS", "LINES", "POSIXLY_CORRECT",
};

bool IsDropped(absl::string_view name) {
  const auto is_name = [name](absl::string_view other) {
    return name == other;
  };
  const auto starts_name = [name](absl::string_view prefix) {
    return absl::StartsWith(name, prefix);
  };
  if (std::any_of(std::begin(kKeptSlurm), std::end(kKeptSlurm), is_name)) {
    return false;
  }
  return std::any_of(std::begin(kDropped), std::end(kDropped), is_name) ||
         std::any_of(std::begin(kDroppedPrefixes), std::end(kDroppedPrefixes),
                     starts_name);
}

}  // namespace

std::vector<std::string> SlurmEnvironment(
    const std::vector<std::string>& inherited) {
  std::vector<std::string> environment;
  for (const std::string& variable : inherited) {
    const absl::string_view name =
        absl::string_view(variable).substr(0, variable.find('='));
    if (!IsDropped(name)) environment.push_back(variable);
  }
  environment.push_back("LC_ALL=C");
  environment.push_back("TZ=UTC");
  environment.push_back("SLURM_TIME_FORMAT=%s");
  environment.push_back("SLURM_BITSTR_LEN=0");
  return environment;
}

}  // namespace smon::slurm
