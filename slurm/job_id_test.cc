#include "slurm/job_id.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "slurm/random_records.h"

namespace smon::slurm {
namespace {

TEST(JobId, APlainId) {
  const absl::StatusOr<JobId> id = ParseJobId("12345");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->base, 12345);
  EXPECT_FALSE(id->array_task.has_value());
  EXPECT_FALSE(id->het_offset.has_value());
  EXPECT_FALSE(id->is_summary);
  EXPECT_EQ(FormatJobId(*id), "12345");
}

TEST(JobId, AnArrayTask) {
  const absl::StatusOr<JobId> id = ParseJobId("12345_0");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->base, 12345);
  EXPECT_EQ(id->array_task, 0);
  EXPECT_FALSE(id->is_summary);
  EXPECT_EQ(FormatJobId(*id), "12345_0");
}

TEST(JobId, AHetComponent) {
  const absl::StatusOr<JobId> id = ParseJobId("12345+1");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->base, 12345);
  EXPECT_EQ(id->het_offset, 1);
  EXPECT_FALSE(id->is_summary);
  EXPECT_EQ(FormatJobId(*id), "12345+1");
}

TEST(JobId, SummariesOfWaitingTasksAreNoJobs) {
  for (const char* text :
       {"12345[0-10]", "12345_[0-10%2]", "35_[1-10000:3%50]", "33_[2]",
        // cut by squeue
        "36_[1,5-7,100,2000,2007,2014,20", "36_[1,5-7,100,...", "36_["}) {
    const absl::StatusOr<JobId> id = ParseJobId(text);
    ASSERT_TRUE(id.ok()) << text << ": " << id.status();
    EXPECT_TRUE(id->is_summary) << text;
    EXPECT_FALSE(id->array_task.has_value()) << text;
  }
  EXPECT_EQ(FormatJobId(*ParseJobId("12345_[0-10%2]")), "12345");
}

TEST(JobId, AnythingElseIsAnError) {
  for (const char* text : {"",
                           "0",
                           "0_1",
                           "abc",
                           "-5",
                           "+5",
                           " 5",
                           "5 ",
                           "5\n",
                           "12345.batch",
                           "12345.0",
                           "12345_4.extern",
                           "12345_",
                           "12345+",
                           "12345_a",
                           "12345_-1",
                           "12345_1_2",
                           "12345+1+2",
                           "12345_1+1",
                           "12345_[a-b]",
                           "12345_[1] x",
                           "12345x[1]",
                           "12345|1",
                           "1e5",
                           "007",
                           "7_01",
                           "7+00",
                           "0x10"}) {
    const absl::StatusOr<JobId> id = ParseJobId(text);
    EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(JobId, IdsAre64BitAndAnOverflowIsAnError) {
  EXPECT_EQ(ParseJobId("4294967299")->base, 4294967299);
  EXPECT_EQ(ParseJobId("9223372036854775807")->base, INT64_MAX);
  EXPECT_FALSE(ParseJobId("9223372036854775808").ok());
  EXPECT_FALSE(ParseJobId("1_9223372036854775808").ok());
  EXPECT_FALSE(ParseJobId("1+2147483648").ok());
}

TEST(JobId, EveryIdIsReadAsItIsShown) {
  constexpr uint32_t kSeed = 3;
  RandomRecords random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    const JobId id = random.Id();
    const std::string shown = FormatJobId(id);
    const absl::StatusOr<JobId> read = ParseJobId(shown);
    ASSERT_TRUE(read.ok()) << read.status() << "; seed " << kSeed;
    ASSERT_EQ(read->base, id.base) << shown;
    ASSERT_EQ(read->array_task, id.array_task) << shown;
    ASSERT_EQ(read->het_offset, id.het_offset) << shown;
    ASSERT_FALSE(read->is_summary) << shown;
  }
}

TEST(JobId, WhatIsReadFromAnyTextIsShownAsThatText) {
  constexpr uint32_t kSeed = 4;
  constexpr char kCharacters[] = {'0', '1', '9', '1', '2', '_',
                                  '+', '_', '[', ']', '-', '.'};
  RandomRecords random(kSeed);
  int ids = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (uint32_t n = random.Below(8); n > 0; --n) {
      text.push_back(random.OneOf(kCharacters));
    }
    const absl::StatusOr<JobId> id = ParseJobId(text);
    if (!id.ok() || id->is_summary) continue;
    ++ids;
    ASSERT_EQ(FormatJobId(*id), text) << "seed " << kSeed;
  }
  EXPECT_GT(ids, 1000);
}

TEST(JobId, TheErrorShowsTheTextWithoutItsControlBytes) {
  const absl::Status status = ParseJobId("1\x1b[2J\n").status();
  EXPECT_EQ(status.message().find('\x1b'), absl::string_view::npos);
  EXPECT_NE(status.message().find("is not a Slurm job id"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace smon::slurm
