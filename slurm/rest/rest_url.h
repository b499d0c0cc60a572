#ifndef SMON_SLURM_REST_REST_URL_H_
#define SMON_SLURM_REST_REST_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {

// Where slurmrestd listens.
struct RestUrl {
  std::string base;         // "http://host:6820", no slash at its end
  std::string unix_socket;  // absolute path; empty for TCP
  std::string name;         // for messages: as it was given
};

// Reads --slurmrestd_url: unix:///run/slurmrestd/slurmrestd.socket,
// http://host[:port][/prefix] or https://…. INVALID_ARGUMENT for anything else,
// with the mend; what may be a secret in it is not repeated.
absl::StatusOr<RestUrl> ParseRestUrl(absl::string_view text);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_URL_H_
