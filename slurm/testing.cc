#include "slurm/testing.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "slurm/record_fields.h"

namespace smon::slurm {

std::string ReadTestData(absl::string_view name) {
  const std::string path =
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"),
                   "/slurm/testdata/", name);
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

std::string FormatRecord(const std::vector<std::string>& fields,
                         size_t plain_fields) {
  std::string record;
  for (size_t i = 0; i < fields.size(); ++i) {
    record += fields[i];
    if (i < plain_fields) {
      record += kPlainSeparator;
    } else {
      record += kTestSeparator;
    }
  }
  return record + "\n";
}

std::map<std::string, JobRecord> ByJobId(const std::vector<JobRecord>& jobs) {
  std::map<std::string, JobRecord> by_id;
  for (const JobRecord& job : jobs) by_id[job.job_id] = job;
  return by_id;
}

}  // namespace smon::slurm
