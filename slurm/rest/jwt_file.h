#ifndef SMON_SLURM_REST_JWT_FILE_H_
#define SMON_SLURM_REST_JWT_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace smon::slurm {

// The token in a file, as an HTTP header can carry it: white space around it
// and a leading "SLURM_JWT=" (what `scontrol token` prints) are taken off. To
// be read anew for each request, since it is replaced before it expires.
// UNAVAILABLE when the file cannot be read, is empty, or holds anything but one
// line of printable ASCII. No error shows what it holds.
absl::StatusOr<std::string> ReadJwtFile(const std::string& path);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_JWT_FILE_H_
