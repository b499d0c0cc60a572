#ifndef SMON_SLURM_RANDOM_RECORDS_H_
#define SMON_SLURM_RANDOM_RECORDS_H_

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "slurm/job_id.h"
#include "slurm/job_record.h"

namespace smon::slurm {

// Random jobs and text for property tests; the same for the same seed, on any
// machine. Not thread-safe.
class RandomRecords {
 public:
  explicit RandomRecords(uint32_t seed) : random_(seed) {}

  // 0 to n - 1.
  uint32_t Below(uint32_t n) { return random_() % n; }
  bool OneIn(uint32_t n) { return Below(n) == 0; }
  template <typename T, size_t N>
  const T& OneOf(const T (&values)[N]) {
    return values[Below(N)];
  }

  // Bytes that a user can put into a name, which is all but NUL: often such as
  // would confuse a parser (parts of kTestSeparator, newlines, whole records),
  // sometimes long, never with kTestSeparator in it.
  std::string Text();

  // A job's id, never a summary's.
  JobId Id();

  // A run that has ended, with what both squeue and sacct tell of one. Its text
  // is Text().
  JobRecord EndedRecord();

 private:
  absl::Time Time();

  std::mt19937 random_;
};

// All that a Slurm command said about a run, to compare and to print.
std::string Describe(const JobRecord& record);

}  // namespace smon::slurm

#endif  // SMON_SLURM_RANDOM_RECORDS_H_
