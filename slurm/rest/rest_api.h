#ifndef SMON_SLURM_REST_REST_API_H_
#define SMON_SLURM_REST_REST_API_H_

#include "absl/status/statusor.h"
#include "slurm/rest/byte_source.h"

namespace smon::slurm {

// The versions of slurmrestd's API whose answers we can read: v0.0.36 (Slurm
// 20.11 and newer) to v0.0.44 (25.11). slurmrestd serves about the last three
// that its Slurm knows.
inline constexpr int kOldestRestApi = 36;
inline constexpr int kNewestRestApi = 44;

// Which to use, as N of v0.0.N.
struct RestApi {
  int slurm = 0;    // /slurm/v0.0.N
  int slurmdb = 0;  // /slurmdb/v0.0.N; 0 where the site keeps no accounting

  friend bool operator==(const RestApi& a, const RestApi& b) {
    return a.slurm == b.slurm && a.slurmdb == b.slurmdb;
  }
};

// Picks the newest that both sides know from the answer to GET /openapi/v3,
// which lists all paths. NOT_FOUND when there is none; INTERNAL when the answer
// cannot be read. A pure function.
absl::StatusOr<RestApi> ChooseRestApi(ByteSource* openapi);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_API_H_
