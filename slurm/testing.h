#ifndef SMON_SLURM_TESTING_H_
#define SMON_SLURM_TESTING_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "slurm/job_record.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// The separator in the files of testdata/.
inline constexpr char kTestSeparator[] =
    "\x1e"
    "0123456789abcdef"
    "\x1f";

// The bytes of slurm/testdata/NAME.
std::string ReadTestData(absl::string_view name);

// Fields as a Slurm command prints them in one record: the plain ones each
// ended by kPlainSeparator, the rest by kTestSeparator.
std::string FormatRecord(const std::vector<std::string>& fields,
                         size_t plain_fields = 0);

// An IsNews for those who know nothing.
inline bool Everything(const RecordHead&) { return true; }

std::map<std::string, JobRecord> ByJobId(const std::vector<JobRecord>& jobs);

}  // namespace smon::slurm

#endif  // SMON_SLURM_TESTING_H_
