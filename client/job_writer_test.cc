#include "client/job_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/json.h"
#include "client/text_width.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

v1::Job Failed(const std::string& job_id, const std::string& name) {
  v1::Job job;
  job.set_job_id(job_id);
  job.set_name(name);
  job.set_user("alice");
  job.set_partition("gpu");
  job.set_state(v1::Job::FAILED);
  job.set_exit_code(1);
  job.set_exit_signal(0);
  job.mutable_start_time()->set_seconds(1795359700);
  job.mutable_end_time()->set_seconds(1795359791);  // 2026-11-22T15:03:11Z
  job.set_stdout_path("/home/alice/train.out");
  job.mutable_delivery()->set_phase(v1::Delivery::COMPLETED);
  job.mutable_verdict()->set_action(v1::Verdict::RESTART);
  job.mutable_verdict()->set_reason("NCCL timeout");
  return job;
}

// Names that want to move the cursor, turn the text, end the line or the cell,
// or run in a spreadsheet.
JobList HostileJobs() {
  JobList jobs;
  *jobs.Add() = Failed("1", "\x1b]0;owned\x07\n2  forged");
  *jobs.Add() = Failed("2",
                       "\xe2\x80\xae"
                       "desrever\xe2\x81\xa6");
  *jobs.Add() = Failed("3", "caf\\xe9");  // as the API writes a byte e9
  *jobs.Add() = Failed("4", "\xe8\xae\xad\xe7\xbb\x83");
  *jobs.Add() = Failed("5", "say \"hi\", it's: - no\t");
  *jobs.Add() = Failed("6", "=cmd|' /C calc'!A0");
  *jobs.Add() = Failed("7",
                       "\xc2\x9b"
                       "31m\x7f");
  return jobs;
}

JobListStyle Style(const std::string& output) {
  JobListStyle style;
  style.output = *ParseOutputFormat(output);
  style.now = absl::FromUnixSeconds(1795359851);
  style.zone = absl::UTCTimeZone();
  return style;
}

std::string Written(const JobList& jobs, const JobListStyle& style) {
  const auto writer = MakeJobWriter(style);
  EXPECT_TRUE(writer.ok()) << writer.status();
  std::string text;
  // A page a job: the pages must not show.
  for (const v1::Job& job : jobs) {
    JobList page;
    *page.Add() = job;
    EXPECT_TRUE((*writer)->Append(page, &text).ok());
  }
  (*writer)->Finish(&text);
  return text;
}

std::string Written(const JobList& jobs, const std::string& output) {
  return Written(jobs, Style(output));
}

TEST(JobWriterTest, TableHasALineForEachJob) {
  const JobListStyle style = Style("table");
  const auto writer = *MakeJobWriter(style);
  std::string text;
  ASSERT_TRUE(writer->Append(HostileJobs(), &text).ok());
  const std::string rest =
      "  alice  gpu        FAILED  1:0   2026-11-22T15:03:11  COMPLETED  "
      "RESTART  NCCL timeout\n";
  EXPECT_EQ(
      text,
      std::string(
          "JOBID  NAME                         USER   PARTITION  STATE   EXIT  "
          "ENDED                PHASE      ACTION   REASON\n") +
          R"(1      \x1b]0;owned\x07\n2  forged)" + rest +
          R"(2      \u202edesrever\u2066       )" + rest +
          R"(3      caf\xe9                    )" + rest +
          "4      \xe8\xae\xad\xe7\xbb\x83                       " + rest +
          R"(5      say "hi", it's: - no\t     )" + rest +
          R"(6      =cmd|' /C calc'!A0         )" + rest +
          R"(7      \u009b31m\x7f              )" + rest);
}

TEST(JobWriterTest, WideShowsTheLogToo) {
  JobList jobs;
  *jobs.Add() = Failed("1", "train");
  EXPECT_EQ(
      Written(jobs, "wide"),
      "JOBID  CLUSTER  NAME   USER   PARTITION  STATE   EXIT  SUBMITTED  "
      "STARTED              ENDED                ELAPSED   PHASE      PROBLEM  "
      "ACTION   REASON        LOG\n"
      "1      -        train  alice  gpu        FAILED  1:0   -          "
      "2026-11-22T15:01:40  2026-11-22T15:03:11  00:01:31  COMPLETED  - "
      "       RESTART  NCCL timeout  /home/alice/train.out\n");
}

TEST(JobWriterTest, EveryFormatIsSafeOnATerminal) {
  for (const char* output :
       {"table", "wide", "json", "jsonl", "yaml", "csv", "name",
        "custom-columns=NAME:name,VERDICT:verdict"}) {
    const std::string text = Written(HostileJobs(), output);
    EXPECT_TRUE(std::none_of(
        text.begin(), text.end(),
        [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; }))
        << output << ": " << text;
    EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae"))) << output;
    EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b"))) << output;
    EXPECT_THAT(text, Not(HasSubstr("\n2  forged"))) << output;
  }
}

TEST(JobWriterTest, JsonGivesBackEveryName) {
  const JobList jobs = HostileJobs();
  const auto document = nlohmann::json::parse(Written(jobs, "json"));
  ASSERT_THAT(document["jobs"], SizeIs(jobs.size()));
  for (int i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(document["jobs"][i]["name"], jobs[i].name());
    EXPECT_EQ(document["jobs"][i]["endTime"], "2026-11-22T15:03:11Z");
  }
  EXPECT_EQ(Written({}, "json"), "{\"jobs\":[]}\n");
}

TEST(JobWriterTest, JsonWithoutItsEndIsNoDocument) {
  const auto writer = *MakeJobWriter(Style("json"));
  std::string text;
  ASSERT_TRUE(writer->Append(HostileJobs(), &text).ok());
  EXPECT_FALSE(nlohmann::json::accept(text));
}

TEST(JobWriterTest, JsonlIsAJobALine) {
  const JobList jobs = HostileJobs();
  const std::vector<std::string> lines =
      absl::StrSplit(Written(jobs, "jsonl"), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), static_cast<size_t>(jobs.size()));
  for (int i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(nlohmann::json::parse(lines[i])["name"], jobs[i].name());
  }
  EXPECT_EQ(Written({}, "jsonl"), "");
}

TEST(JobWriterTest, YamlGivesBackEveryName) {
  const JobList jobs = HostileJobs();
  const YAML::Node document = YAML::Load(Written(jobs, "yaml"));
  ASSERT_EQ(document["jobs"].size(), static_cast<size_t>(jobs.size()));
  for (int i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(document["jobs"][i]["name"].as<std::string>(), jobs[i].name());
    EXPECT_EQ(document["jobs"][i]["verdict"]["action"].as<std::string>(),
              "RESTART");
  }
  EXPECT_EQ(Written({}, "yaml"), "jobs: []\n");
}

TEST(JobWriterTest, YamlIndentsListsAndMessages) {
  JobList jobs;
  v1::Job* const job = jobs.Add();
  job->set_job_id("1");
  job->add_history()->set_text("one");
  job->add_history()->set_text("no");
  job->mutable_verdict()->set_reason("2026-11-22");
  const std::string text = Written(jobs, "yaml");
  EXPECT_THAT(text, HasSubstr("jobs:\n- jobId: \"1\"\n  rawJobId: \"0\"\n"));
  EXPECT_THAT(text, HasSubstr("  verdict:\n    action: \"ACTION_UNSPECIFIED\"\n"
                              "    actionText: \"\"\n"
                              "    reason: \"2026-11-22\"\n"));
  EXPECT_THAT(text,
              HasSubstr("  history:\n  - text: \"one\"\n  - text: \"no\"\n"));
}

TEST(JobWriterTest, CsvQuotesAndDefusesFormulas) {
  const std::string text = Written(HostileJobs(), "csv");
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  ASSERT_EQ(lines.size(), 9u) << text;
  EXPECT_EQ(lines[0],
            "job_id,raw_job_id,restart_count,cluster,name,user,partition,state,"
            "exit_code,exit_signal,submit_time,start_time,end_time,work_dir,"
            "stdout_path,phase,problem,error,action,reason");
  EXPECT_EQ(lines[1],
            R"(1,0,0,,"\x1b]0;owned\x07\n2  forged",alice,gpu,FAILED,1,0,,)"
            "2026-11-22T15:01:40Z,2026-11-22T15:03:11Z,,/home/alice/train.out,"
            "COMPLETED,,,RESTART,\"NCCL timeout\"");
  EXPECT_THAT(lines[5], HasSubstr(R"(,"say ""hi"", it's: - no\t",)"));
  EXPECT_THAT(lines[6], HasSubstr(R"(,"'=cmd|' /C calc'!A0",)"));
}

TEST(JobWriterTest, CsvOfNoJobsIsItsHeader) {
  EXPECT_THAT(Written({}, "csv"), HasSubstr("job_id,raw_job_id"));
}

TEST(JobWriterTest, NameIsAnIdALine) {
  EXPECT_EQ(Written(HostileJobs(), "name"), "1\n2\n3\n4\n5\n6\n7\n");
}

TEST(JobWriterTest, CustomColumnsTakeAnyFieldByEitherName) {
  JobList jobs;
  *jobs.Add() = Failed("1", "train");
  EXPECT_EQ(
      Written(jobs,
              "custom-columns=ID:jobId,verdict.reason,CODE:.exit_code,"
              "END:endTime,D:delivery.phase,RAW:rawJobId,CAME:updateTime"),
      "ID  VERDICT.REASON  CODE  END                   D          RAW  CAME\n"
      "1   NCCL timeout    1     2026-11-22T15:03:11Z  COMPLETED  0    -\n");
}

TEST(JobWriterTest, CustomColumnsMayBeWrittenAsKubectlTakesThem) {
  JobList jobs;
  *jobs.Add() = Failed("1", "train");
  EXPECT_EQ(Written(jobs, "custom-columns=ID:{.jobId}, NAME : .name "),
            "ID  NAME\n"
            "1   train\n");
}

// One hostile job in each format, to the letter.
TEST(JobWriterTest, EachFormatOfAHostileJob) {
  v1::Job job;
  job.set_job_id("1_2");
  // A title for the window, a second line, a quote, a comma, text that turns
  // round, wide characters, a C1 control, and DEL.
  job.set_name("=\x1b]0;x\x07\n2 \"b\",\xe2\x80\xae\xe8\xae\xad\xc2\x9b\x7f");
  job.set_state(v1::Job::FAILED);
  job.mutable_end_time()->set_seconds(1795359791);
  JobList jobs;
  *jobs.Add() = job;
  // As in tables, and as in JSON and YAML.
  const std::string shown =
      "=\\x1b]0;x\\x07\\n2 \"b\",\\u202e\xe8\xae\xad\\u009b\\x7f";
  const std::string quoted =
      "\"=\\u001b]0;x\\u0007\\n2 "
      "\\\"b\\\",\\u202e\xe8\xae\xad\\u009b\\u007f\"";
  const std::string pad(static_cast<size_t>(TextWidth(shown)) - 4, ' ');

  EXPECT_EQ(Written(jobs, "table"),
            "JOBID  NAME" + pad +
                "  USER  PARTITION  STATE   EXIT  ENDED                PHASE  "
                "ACTION  REASON\n1_2    " +
                shown +
                "  -     -          FAILED  -     2026-11-22T15:03:11  -      "
                "-       -\n");
  EXPECT_EQ(Written(jobs, "wide"),
            "JOBID  CLUSTER  NAME" + pad +
                "  USER  PARTITION  STATE   EXIT  SUBMITTED  STARTED  ENDED    "
                "            ELAPSED  PHASE  PROBLEM  ACTION  REASON  LOG\n"
                "1_2    -        " +
                shown +
                "  -     -          FAILED  -     -          -        "
                "2026-11-22T15:03:11  -        -      -        -       -       "
                "-\n");
  EXPECT_THAT(Written(jobs, "jsonl"),
              StartsWith("{\"jobId\":\"1_2\",\"rawJobId\":\"0\","));
  EXPECT_THAT(Written(jobs, "jsonl"), HasSubstr(",\"name\":" + quoted + ","));
  EXPECT_EQ(
      Written(jobs, "json"),
      "{\"jobs\":[\n" +
          std::string(absl::StripAsciiWhitespace(Written(jobs, "jsonl"))) +
          "\n]}\n");
  EXPECT_THAT(Written(jobs, "yaml"),
              AllOf(StartsWith("jobs:\n- jobId: \"1_2\"\n"),
                    HasSubstr("\n  name: " + quoted + "\n"),
                    HasSubstr("\n  endTime: \"2026-11-22T15:03:11Z\"\n")));
  const std::vector<std::string> lines =
      absl::StrSplit(Written(jobs, "csv"), '\n');
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[1], "1_2,0,0,,\"'" +
                          absl::StrReplaceAll(shown, {{"\"", "\"\""}}) +
                          "\",,,FAILED,,,,,2026-11-22T15:03:11Z,,,,,,,");
  EXPECT_EQ(Written(jobs, "name"), "1_2\n");
  EXPECT_EQ(Written(jobs, "custom-columns=jobId,N:name"),
            "JOBID  N\n1_2    " + shown + "\n");
}

TEST(JobWriterTest, UnknownCustomColumnsAreRefusedWithTheNearest) {
  for (const auto& [columns, words] :
       std::vector<std::pair<std::string, std::string>>{
           {"ID:jobid,X:verdct", "did you mean verdict?"},
           {"verdict.reasn", "did you mean reason?"},
           {"name.first", "nothing is below 'name'"},
           {"history.text", "nothing is below 'history'"},
           {"", "a column is empty; give [HEADER:]FIELD"},
           {"A:jobId,,B:name", "a column is empty"},
           {"A:", "a column is empty"},
           {"A:{}", "a column is empty"},
           {"jobId:x", "unknown field 'x'"},
           {"..jobId", "unknown field ''"}}) {
    const auto writer = MakeJobWriter(Style("custom-columns=" + columns));
    EXPECT_EQ(writer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(writer.status().message()), HasSubstr(words));
  }
}

TEST(JobWriterTest, HeadersCanBeLeftOut) {
  JobList jobs;
  *jobs.Add() = Failed("1", "t");
  for (const char* output : {"table", "csv", "custom-columns=jobId"}) {
    JobListStyle style = Style(output);
    style.headers = false;
    EXPECT_EQ(Written(jobs, style)[0], '1') << output;
  }
}

TEST(JobWriterTest, ATerminalOf80ColumnsIsNeverOverflowed) {
  JobList jobs = HostileJobs();
  v1::Job* const wide = jobs.Add();
  *wide = Failed("123456789_100", std::string(200, 'n'));
  wide->set_user(std::string(64, 'u'));
  wide->set_state(v1::Job::OUT_OF_MEMORY);
  wide->mutable_verdict()->set_reason(std::string(500, 'r'));
  JobListStyle style = Style("table");
  style.terminal = {true, 80, false};
  const auto writer = *MakeJobWriter(style);
  std::string text;
  ASSERT_TRUE(writer->Append(jobs, &text).ok());
  std::vector<int> widths;
  for (const auto& line : absl::StrSplit(text, '\n')) {
    widths.push_back(TextWidth(line));
  }
  EXPECT_THAT(widths, Each(Le(80))) << text;
  EXPECT_THAT(text, HasSubstr("REASON"));
  EXPECT_THAT(text, Not(HasSubstr("PARTITION")));
  EXPECT_THAT(text, HasSubstr("60s ago"));
}

}  // namespace
}  // namespace smon::client
