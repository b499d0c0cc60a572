// For any records, ParseSacct of what sacct prints of them gives them again.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "slurm/random_records.h"
#include "slurm/sacct.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

constexpr uint32_t kSeed = 20260101;
constexpr int kOutputs = 8000;  // of up to 6 records each

SacctCapabilities RandomCapabilities(RandomRecords* random) {
  SacctCapabilities capabilities;
  capabilities.work_dir = !random->OneIn(4);
  capabilities.submit_line = !random->OneIn(4);
  capabilities.stdout_field = random->OneIn(2);
  return capabilities;
}

JobRecord RandomRecord(const SacctCapabilities& capabilities,
                       RandomRecords* random) {
  JobRecord record = random->EndedRecord();
  record.from_accounting = true;
  if (!capabilities.work_dir) record.work_dir.clear();
  if (capabilities.stdout_field) {
    record.stdout_pattern = "/" + random->Text();
  }
  if (capabilities.submit_line) {
    record.is_batch = !random->OneIn(4);
    record.submit_line =
        absl::StrCat(*record.is_batch ? "sbatch " : "srun ", random->Text());
  }
  return record;
}

std::string NodeList(const JobRecord& record, RandomRecords* random) {
  if (record.batch_host.empty()) return "None assigned";
  switch (random->Below(3)) {
    case 0:
      return record.batch_host;
    case 1:
      return absl::StrCat(record.batch_host, ",m[1-4]");
    default:
      return absl::StrCat("n[", record.batch_host.substr(1), ",200-300]");
  }
}

std::string Time(const std::optional<absl::Time>& time, RandomRecords* random) {
  if (time.has_value()) return absl::StrCat(absl::ToUnixSeconds(*time));
  return random->OneIn(2) ? "Unknown" : "None";
}

// As sacct -p prints it.
std::string Render(const JobRecord& record,
                   const SacctCapabilities& capabilities,
                   RandomRecords* random) {
  std::string state = record.state_text;
  if (record.state == JobState::kCancelled) absl::StrAppend(&state, " by 0");
  std::vector<std::string> fields = {
      absl::StrCat(record.raw_id),
      record.job_id,
      state,
      absl::StrCat(record.exit_status->code, ":", record.exit_status->signal),
      Time(record.submit_time, random),
      Time(record.start_time, random),
      Time(record.end_time, random),
      record.user,
      record.partition,
      NodeList(record, random),
  };
  if (capabilities.work_dir) fields.push_back(record.work_dir);
  if (capabilities.stdout_field) fields.push_back(record.stdout_pattern);
  if (capabilities.submit_line) fields.push_back(record.submit_line);
  fields.push_back(record.name);
  return FormatRecord(fields);
}

TEST(SacctRoundTrip, WhatSacctPrintsOfAnyRecordsIsReadAsThoseRecords) {
  RandomRecords random(kSeed);
  for (int i = 0; i < kOutputs; ++i) {
    const SacctCapabilities capabilities = RandomCapabilities(&random);
    std::vector<std::string> said;
    std::string output;
    int64_t stray = 0;
    int64_t summaries = 0;
    for (uint32_t n = random.Below(7); n > 0; --n) {
      JobRecord record = RandomRecord(capabilities, &random);
      if (random.OneIn(20)) {
        for (uint32_t lines = 1 + random.Below(3); lines > 0; --lines) {
          output += "sacct: error: slurm_persist_conn_open: failed\n";
        }
        ++stray;
      }
      if (random.OneIn(20)) {
        record.job_id = "12_[0-10%2]";
        ++summaries;
      } else {
        said.push_back(Describe(record));
      }
      output += Render(record, capabilities, &random);
    }
    const auto snapshot =
        ParseSacct(output, kTestSeparator, capabilities, Everything);
    ASSERT_TRUE(snapshot.ok())
        << snapshot.status() << "; output " << i << " of seed " << kSeed;
    std::vector<std::string> read;
    for (const JobRecord& job : snapshot->jobs) read.push_back(Describe(job));
    ASSERT_EQ(absl::StrJoin(read, "\n"), absl::StrJoin(said, "\n"))
        << "output " << i << " of seed " << kSeed;
    ASSERT_EQ(snapshot->skipped_summaries, summaries);
    ASSERT_EQ(snapshot->malformed_records, stray);
  }
}

// What came is whole or an error; no cut makes other records of it.
TEST(SacctRoundTrip, CutAnywhereItIsAnErrorOrTheFirstOfTheRecords) {
  RandomRecords random(kSeed);
  const SacctCapabilities capabilities = {true, true, true};
  std::string output;
  std::vector<std::string> said;
  for (int i = 0; i < 5; ++i) {
    const JobRecord record = RandomRecord(capabilities, &random);
    said.push_back(Describe(record));
    output += Render(record, capabilities, &random);
  }
  for (size_t size = 0; size < output.size(); ++size) {
    const auto snapshot = ParseSacct(output.substr(0, size), kTestSeparator,
                                     capabilities, Everything);
    if (!snapshot.ok()) continue;
    ASSERT_LT(snapshot->jobs.size(), said.size());
    for (size_t i = 0; i < snapshot->jobs.size(); ++i) {
      ASSERT_EQ(Describe(snapshot->jobs[i]), said[i]) << "cut at " << size;
    }
  }
}

}  // namespace
}  // namespace smon::slurm
