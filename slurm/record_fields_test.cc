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
  RecordReader reader(output, "<>", {0, 2});
  EXPECT_THAT(ReadAll(&reader), ElementsAre("1", "a|b\nc\td<\xff>>", "2", ""));
  EXPECT_TRUE(reader.status().ok());
  EXPECT_TRUE(reader.stray_text().empty());
}

TEST(RecordReader, NoOutputIsNoRecordsAndNoError) {
  RecordReader reader("", "<>", {0, 2});
  EXPECT_THAT(ReadAll(&reader), ElementsAre());
  EXPECT_TRUE(reader.status().ok());
}

TEST(RecordReader, OutputCutAnywhereIsAnError) {
  const std::string output = "1<>one<>\n2<>two<>\n";
  const size_t end_of_first = std::string("1<>one<>\n").size();
  for (size_t length = 1; length < output.size(); ++length) {
    if (length == end_of_first) continue;  // a shorter queue
    const std::string cut = output.substr(0, length);
    RecordReader reader(cut, "<>", {0, 2});
    ReadAll(&reader);
    EXPECT_EQ(reader.status().code(), absl::StatusCode::kInternal) << cut;
  }
}

TEST(RecordReader, TextBetweenRecordsIsSkippedAndTold) {
  const std::string output =
      "CLUSTER: c\n1<>one<>\nwarning: x\nwarning: y\n2<>two<>\nthe end\n";
  RecordReader reader(output, "<>", {0, 2});
  absl::string_view fields[2];
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_EQ(reader.stray_text(), "CLUSTER: c");
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_EQ(fields[1], "two");
  EXPECT_EQ(reader.stray_text(), "warning: x\nwarning: y");
  EXPECT_FALSE(reader.Next(fields));
  EXPECT_EQ(reader.stray_text(), "the end\n");
  EXPECT_TRUE(reader.status().ok()) << reader.status();
}

TEST(RecordReader, TextRightAfterARecordIsSkippedAndTold) {
  const std::string output = "1<>one<>oops\n2<>two<>\n";
  RecordReader reader(output, "<>", {0, 2});
  absl::string_view fields[2];
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_EQ(fields[1], "two");
  EXPECT_EQ(reader.stray_text(), "oops");
}

TEST(RecordReader, ThePlainFieldsComeFirstAndAreEndedByOneByte) {
  const std::string output =
      "1\x1f"
      "A\x1f"
      "na\x1fme<>\n2\x1f"
      "B\x1f<>\n";
  RecordReader reader(output, "<>", {2, 1});
  absl::string_view fields[3];
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_THAT(fields, ElementsAre("1", "A", "na\x1fme"));
  EXPECT_TRUE(reader.Next(fields));
  EXPECT_THAT(fields, ElementsAre("2", "B", ""));
  EXPECT_FALSE(reader.Next(fields));
  EXPECT_TRUE(reader.status().ok()) << reader.status();
}

// What a stream tells of an output that comes in pieces of `size`.
std::vector<std::string> StreamAll(const std::string& output, size_t size,
                                   absl::Status* status) {
  std::vector<std::string> all;
  RecordStream stream(
      "<>", {1, 1},
      [&all](const absl::string_view* fields, absl::string_view stray_text) {
        if (!stray_text.empty()) {
          all.push_back(absl::StrCat("stray ", stray_text));
        }
        if (fields == nullptr) return;
        all.push_back(std::string(fields[0]));
        all.push_back(std::string(fields[1]));
      });
  for (size_t i = 0; i < output.size(); i += size) {
    stream.Feed(absl::string_view(output).substr(i, size));
  }
  *status = stream.Finish();
  return all;
}

TEST(RecordStream, TellsTheSameHoweverTheOutputIsCutIntoPieces) {
  std::string output = "warning: x\n";
  std::vector<std::string> expected = {"stray warning: x"};
  for (int i = 0; i < 3000; ++i) {
    const std::string name = std::string(i % 700, 'n') + "<\n";
    absl::StrAppend(&output, i, "\x1f", name, "<>\n");
    expected.insert(expected.end(), {absl::StrCat(i), name});
  }
  output += "the end\n";
  expected.push_back("stray the end\n");
  for (const size_t size :
       {size_t{1}, size_t{997}, size_t{65536}, size_t{262144}, output.size()}) {
    absl::Status status;
    EXPECT_EQ(StreamAll(output, size, &status), expected) << size;
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(RecordStream, AnOutputThatEndsInsideARecordIsAnError) {
  absl::Status status;
  StreamAll(
      "1\x1f"
      "one<>\n2\x1f"
      "tw",
      5, &status);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST(RecordStream, ARecordOfManyMegabytesCostsInProportion) {
  absl::Status status;
  const std::string large(20 << 20, 'x');
  EXPECT_EQ(StreamAll("1\x1f" + large + "<>\n", 65536, &status),
            (std::vector<std::string>{"1", large}));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ReadHead, TellsTheRunOrWhatIsWrong) {
  const auto head = ReadHead("7", "1000");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->raw_id, 7);
  EXPECT_EQ(head->submit_time, absl::FromUnixSeconds(1000));
  EXPECT_FALSE(ReadHead("N/A", "1000").ok());
  EXPECT_FALSE(ReadHead("7", "Unknown").ok());
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
  EXPECT_TRUE(SetJobId("5_2", &task).ok());
  EXPECT_EQ(task.job_id, "5_2");
  EXPECT_EQ(task.array_job_id, 5);
  EXPECT_EQ(task.array_task_id, 2);
  EXPECT_EQ(task.het_job_id, 0);
  JobRecord component;
  EXPECT_TRUE(SetJobId("12+1", &component).ok());
  EXPECT_EQ(component.het_job_id, 12);
  EXPECT_EQ(component.het_offset, 1);
  EXPECT_EQ(component.array_job_id, 0);
  JobRecord summary;
  EXPECT_FALSE(SetJobId("17_[1-100%3]", &summary).ok());
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
