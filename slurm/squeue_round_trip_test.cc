// For any records, ParseSqueue of what squeue prints of them gives them again.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "slurm/random_records.h"
#include "slurm/squeue.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

constexpr uint32_t kSeed = 20260102;
constexpr int kOutputs = 8000;  // of up to 6 records each

// Those that Slurm makes itself come first.
constexpr size_t kPlainFields = 9;

// What squeue prints for a time that is not known.
constexpr char kNoTime[] = "N/A";

JobRecord RandomRecord(RandomRecords* random) {
  JobRecord record = random->EndedRecord();
  record.restart_count = static_cast<int32_t>(random->Below(3));
  record.is_batch = !random->OneIn(4);
  record.stdout_pattern = "/" + random->Text();
  if (random->OneIn(3)) record.reason = "NonZeroExitCode";
  if (random->OneIn(4)) {
    record.state = random->OneIn(2) ? JobState::kPending : JobState::kRunning;
    record.state_text = std::string(JobStateName(record.state));
    record.exit_status.reset();
    record.end_time.reset();
    if (record.state == JobState::kPending) {
      record.start_time.reset();
      record.batch_host.clear();
    } else {
      record.start_time = absl::FromUnixSeconds(1000);
      record.batch_host = "n1";
    }
  }
  return record;
}

// A status as wait(2) gives it.
int32_t WaitStatus(const std::optional<ExitStatus>& exit) {
  return exit.has_value() ? exit->code << 8 | exit->signal : 0;
}

std::string Time(const std::optional<absl::Time>& time, RandomRecords* random) {
  if (time.has_value()) return absl::StrCat(absl::ToUnixSeconds(*time));
  // A waiting or running job has an estimate, which is not taken.
  return random->OneIn(2) ? kNoTime : "1795382844";
}

// As squeue -O prints it.
std::string Render(const JobRecord& record, RandomRecords* random) {
  const std::string no_host = random->OneIn(2) ? "n/a" : "(null)";
  return FormatRecord(
      {
          record.job_id,
          absl::StrCat(record.raw_id),
          record.state_text,
          absl::StrCat(WaitStatus(record.exit_status)),
          absl::StrCat(*record.restart_count),
          Time(record.submit_time, random),
          *record.is_batch ? "1" : "0",
          Time(record.start_time, random),
          Time(record.end_time, random),
          record.batch_host.empty() ? no_host : record.batch_host,
          record.user,
          record.partition,
          record.reason.empty() ? "None" : record.reason,
          record.work_dir,
          record.stdout_pattern,
          record.name,
      },
      kPlainFields);
}

TEST(SqueueRoundTrip, WhatSqueuePrintsOfAnyRecordsIsReadAsThoseRecords) {
  RandomRecords random(kSeed);
  for (int i = 0; i < kOutputs; ++i) {
    std::vector<std::string> said;
    std::string output;
    int64_t stray = 0;
    int64_t summaries = 0;
    for (uint32_t n = random.Below(7); n > 0; --n) {
      JobRecord record = RandomRecord(&random);
      if (random.OneIn(20)) {
        for (uint32_t lines = 1 + random.Below(3); lines > 0; --lines) {
          output += "slurm_load_jobs: some warning\n";
        }
        ++stray;
      }
      if (random.OneIn(20)) {
        record.job_id = "12_[0-10%2]";
        ++summaries;
      } else {
        said.push_back(Describe(record));
      }
      output += Render(record, &random);
    }
    const auto snapshot = ParseSqueue(output, kTestSeparator, Everything);
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
TEST(SqueueRoundTrip, CutAnywhereItIsAnErrorOrTheFirstOfTheRecords) {
  RandomRecords random(kSeed);
  std::string output;
  std::vector<std::string> said;
  for (int i = 0; i < 5; ++i) {
    const JobRecord record = RandomRecord(&random);
    said.push_back(Describe(record));
    output += Render(record, &random);
  }
  for (size_t size = 0; size < output.size(); ++size) {
    const auto snapshot =
        ParseSqueue(output.substr(0, size), kTestSeparator, Everything);
    if (!snapshot.ok()) continue;
    ASSERT_LT(snapshot->jobs.size(), said.size());
    for (size_t i = 0; i < snapshot->jobs.size(); ++i) {
      ASSERT_EQ(Describe(snapshot->jobs[i]), said[i]) << "cut at " << size;
    }
  }
}

}  // namespace
}  // namespace smon::slurm
