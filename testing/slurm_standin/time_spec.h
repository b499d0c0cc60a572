#ifndef SMON_TESTING_SLURM_STANDIN_TIME_SPEC_H_
#define SMON_TESTING_SLURM_STANDIN_TIME_SPEC_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm_standin {

// A time as sacct's -S and -E take it, in the local time zone:
//
//   2026-11-22  2026-11-22T20:59  2026-11-22T20:59:10  20:59  20:59:10
//   now  now-1hour  now+90  now-5minutes  today  midnight  noon  tomorrow
//   uts1795381162 (epoch seconds; not in the manual)
//
// INVALID_ARGUMENT with Slurm's own words for anything else, "@1795381162"
// among it. The forms with slashes (11/22/26) are left out.
absl::StatusOr<int64_t> ParseTimeSpec(absl::string_view text, int64_t now);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_TIME_SPEC_H_
