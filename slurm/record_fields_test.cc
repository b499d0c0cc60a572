#include "slurm/record_fields.h"

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

// Every field of every record, in order.
std::vector<std::string> ReadAll(RecordReader* reader) {
  std::vector<std::string> all;
  absl::string_view fields[2];
  while (reader->Next(fields)) {
    all.push_back(std::string(fields[0]));
    all.push_back(std::string(fields[1]));
  }
  return all;
}

TEST(RandomSeparator, DiffersEachTimeAndHoldsNothingThatSlurmInterprets) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string separator = RandomSeparator();
    EXPECT_THAT(separator, MatchesRegex("\x1e[0-9a-f]{16}\x1f"));
    EXPECT_TRUE(seen.insert(separator).second);
  }
}

TEST(RecordReader, FieldsMayHoldAnyBytes) {
  const std::string output = "1<>a|b\nc\td<\xff>><>\n2<><>\n";
  RecordReader reader(output, "<>", 2);
  EXPECT_THAT(ReadAll(&reader), ElementsAre("1", "a|b\nc\td<\xff>>", "2", ""));
  EXPECT_TRUE(reader.status().ok());
  EXPECT_EQ(reader.stray_lines(), 0);
}

TEST(RecordReader, NoOutputIsNoRecordsAndNoError) {
  RecordReader reader("", "<>", 2);
  EXPECT_THAT(ReadAll(&reader), ElementsAre());
  EXPECT_TRUE(reader.status().ok());
}

TEST(RecordReader, OutputCutAnywhereIsAnError) {
  const std::string output = "1<>one<>\n2<>two<>\n";
  const size_t end_of_first = std::string("1<>one<>\n").size();
  for (size_t length = 1; length < output.size(); ++length) {
    if (length == end_of_first) continue;  // a shorter queue
    const std::string cut = output.substr(0, length);
    RecordReader reader(cut, "<>", 2);
    ReadAll(&reader);
    EXPECT_EQ(reader.status().code(), absl::StatusCode::kInternal) << cut;
  }
}

TEST(RecordReader, TextBetweenRecordsIsSkippedAndCounted) {
  const std::string output =
      "CLUSTER: c\n1<>one<>\nwarning: x\nwarning: y\n2<>two<>\nthe end\n";
  RecordReader reader(output, "<>", 2);
  EXPECT_THAT(ReadAll(&reader), ElementsAre("1", "one", "2", "two"));
  EXPECT_TRUE(reader.status().ok()) << reader.status();
  EXPECT_EQ(reader.stray_lines(), 3);
}

TEST(RecordReader, TextRightAfterARecordIsSkippedAndCounted) {
  const std::string output = "1<>one<>oops\n2<>two<>\n";
  RecordReader reader(output, "<>", 2);
  EXPECT_THAT(ReadAll(&reader), ElementsAre("1", "one", "2", "two"));
  EXPECT_EQ(reader.stray_lines(), 1);
}

TEST(ParseTime, EpochSecondsOnly) {
  EXPECT_EQ(ParseTime("1795381150"), absl::FromUnixSeconds(1795381150));
  for (const char* text :
       {"", "Unknown", "None", "N/A", "0", "-5", "+5", " 5", "5 ",
        "2026-11-22T20:01:12", "253402300800", "99999999999999999999"}) {
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
  }
}

TEST(ParseExitCode, CodeAndSignal) {
  EXPECT_EQ(ParseExitCode("3:0"), (ExitStatus{3, 0}));
  EXPECT_EQ(ParseExitCode("0:125"), (ExitStatus{0, 125}));
  for (const char* text : {"", "3", ":", "3:", ":9", "a:b", "-1:0", "1:0:0"}) {
    EXPECT_FALSE(ParseExitCode(text).has_value()) << text;
  }
}

TEST(ParseWaitStatus, ShowsAsSlurmDoes) {
  EXPECT_EQ(ParseWaitStatus("0"), (ExitStatus{0, 0}));
  EXPECT_EQ(ParseWaitStatus("256"), (ExitStatus{1, 0}));
  EXPECT_EQ(ParseWaitStatus("1792"), (ExitStatus{7, 0}));
  EXPECT_EQ(ParseWaitStatus("9"), (ExitStatus{0, 9}));
  EXPECT_EQ(ParseWaitStatus("4021"), (ExitStatus{0, 53}));
  EXPECT_EQ(ParseWaitStatus("125"), (ExitStatus{0, 125}));
  for (const char* text : {"", "N/A", "-1", "0x9", "4294967296"}) {
    EXPECT_FALSE(ParseWaitStatus(text).has_value()) << text;
  }
}

TEST(SetJobId, SetsTheFieldsOfEachForm) {
  JobRecord task;
  EXPECT_TRUE(*SetJobId("5_2", &task));
  EXPECT_EQ(task.job_id, "5_2");
  EXPECT_EQ(task.array_job_id, 5);
  EXPECT_EQ(task.array_task_id, 2);
  EXPECT_EQ(task.het_job_id, 0);
  JobRecord component;
  EXPECT_TRUE(*SetJobId("12+1", &component));
  EXPECT_EQ(component.het_job_id, 12);
  EXPECT_EQ(component.het_offset, 1);
  EXPECT_EQ(component.array_job_id, 0);
  JobRecord summary;
  EXPECT_FALSE(*SetJobId("17_[1-100%3]", &summary));
  EXPECT_FALSE(SetJobId("12.batch", &summary).ok());
}

TEST(SetState, KeepsTheFirstWord) {
  JobRecord record;
  SetState("CANCELLED by 65534", &record);
  EXPECT_EQ(record.state, JobState::kCancelled);
  EXPECT_EQ(record.state_text, "CANCELLED");
  SetState("BRAND_NEW", &record);
  EXPECT_EQ(record.state, JobState::kOther);
  EXPECT_EQ(record.state_text, "BRAND_NEW");
}

}  // namespace
}  // namespace smon::slurm
