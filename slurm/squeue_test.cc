#include "slurm/squeue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The fields of an ended job, in the order of the command line.
struct Row {
  std::string id = "7", raw = "7", state = "COMPLETED", exit_code = "0",
              restarts = "0", submit = "1000", start = "1001", end = "1002",
              batch = "1", host = "n1", user = "alice", partition = "batch",
              reason = "None", work_dir = "/w", out = "/w/o", name = "train";

  std::string Print() const {
    return FormatRecord(
        {id, raw, state, exit_code, restarts, submit, batch, start, end, host,
         user, partition, reason, work_dir, out, name},
        9);
  }
};

JobSnapshot Parse(const std::string& output) {
  const auto snapshot = ParseSqueue(output, kTestSeparator, Everything);
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return snapshot.value_or(JobSnapshot());
}

JobRecord ParseOne(const Row& row) {
  const JobSnapshot snapshot = Parse(row.Print());
  EXPECT_EQ(snapshot.jobs.size(), 1u);
  return snapshot.jobs.empty() ? JobRecord() : snapshot.jobs[0];
}

TEST(SqueueArgv, AsksForEverythingInOneCall) {
  const std::vector<std::string> argv = SqueueArgv({}, "@");
  EXPECT_EQ(argv[0], "squeue");
  EXPECT_THAT(argv, AllOf(Contains("-a"), Contains("all")));
  EXPECT_THAT(argv.back(),
              StartsWith("JobArrayID:\x1f,JobID:\x1f,State:\x1f,"));
  EXPECT_THAT(argv.back(), HasSubstr(",Name:@"));
  // A row for each task of a waiting array of a million would be no use.
  EXPECT_THAT(argv, Not(Contains("-r")));
}

TEST(SqueueArgv, SelectsPartitionsAndUser) {
  std::vector<std::string> argv =
      SqueueArgv({{"batch", "batch_long"}, "alice"}, "@");
  argv.erase(argv.begin(), argv.end() - 4);
  EXPECT_THAT(argv, ElementsAre("-p", "batch,batch_long", "-u", "alice"));
}

TEST(ParseSqueue, ReadsARealQueue) {
  const JobSnapshot snapshot = Parse(ReadTestData("squeue.out"));
  EXPECT_EQ(snapshot.jobs.size(), 19u);
  EXPECT_EQ(snapshot.skipped_summaries, 1);  // 93_[1-100%3]
  EXPECT_EQ(snapshot.malformed_records, 0);
  const auto jobs = ByJobId(snapshot.jobs);

  const JobRecord& failed_task = jobs.at("86_2");
  EXPECT_EQ(failed_task.raw_id, 98);
  EXPECT_EQ(failed_task.array_job_id, 86);
  EXPECT_EQ(failed_task.array_task_id, 2);
  EXPECT_EQ(failed_task.state, JobState::kFailed);
  EXPECT_EQ(failed_task.state_text, "FAILED");
  EXPECT_EQ(failed_task.exit_status, (ExitStatus{7, 0}));
  EXPECT_EQ(failed_task.reason, "NonZeroExitCode");
  EXPECT_EQ(failed_task.submit_time, absl::FromUnixSeconds(1795382844));
  EXPECT_EQ(failed_task.start_time, absl::FromUnixSeconds(1795382845));
  EXPECT_EQ(failed_task.end_time, absl::FromUnixSeconds(1795382845));
  EXPECT_EQ(failed_task.name, "array");
  EXPECT_EQ(failed_task.user, "root");
  EXPECT_EQ(failed_task.partition, "batch");
  EXPECT_EQ(failed_task.work_dir, "/scratch/work");
  EXPECT_EQ(failed_task.stdout_pattern, "/scratch/work/slurm-98.out");
  EXPECT_EQ(failed_task.is_batch, true);
  EXPECT_EQ(failed_task.batch_host, "n1");
  EXPECT_EQ(failed_task.restart_count, 0);
  EXPECT_FALSE(failed_task.from_accounting);

  const JobRecord& component = jobs.at("90+1");
  EXPECT_EQ(component.raw_id, 91);
  EXPECT_EQ(component.het_job_id, 90);
  EXPECT_EQ(component.het_offset, 1);
  EXPECT_EQ(component.partition, "debug");

  EXPECT_EQ(jobs.at("88").name, "pipe|new\nline\ttab");
  EXPECT_EQ(jobs.at("89").name,
            "bad\xff"
            "byte");
  EXPECT_EQ(jobs.at("100").name, "JobState=FAILED");
  EXPECT_EQ(jobs.at("100").state, JobState::kCompleted);
  EXPECT_EQ(jobs.at("99").exit_status, (ExitStatus{0, 9}));
  EXPECT_EQ(jobs.at("84").exit_status, (ExitStatus{0, 15}));
  EXPECT_EQ(jobs.at("95").is_batch, false);
  EXPECT_EQ(jobs.at("94").partition, "batch,debug");
  EXPECT_EQ(jobs.at("92").restart_count, 1);
}

TEST(ParseSqueue, AJobThatNeverStartedHasNoStartTime) {
  const auto jobs = ByJobId(Parse(ReadTestData("squeue.out")).jobs);
  const JobRecord& cancelled = jobs.at("85");
  EXPECT_EQ(cancelled.state, JobState::kCancelled);
  EXPECT_FALSE(cancelled.start_time.has_value());
  EXPECT_EQ(cancelled.end_time, absl::FromUnixSeconds(1795382849));
  EXPECT_EQ(cancelled.batch_host, "");
}

TEST(ParseSqueue, EstimatesAreLeftOut) {
  const auto jobs = ByJobId(Parse(ReadTestData("squeue.out")).jobs);
  const JobRecord& running = jobs.at("101");
  EXPECT_EQ(running.state, JobState::kRunning);
  EXPECT_TRUE(running.start_time.has_value());
  EXPECT_FALSE(running.end_time.has_value());
  EXPECT_FALSE(running.exit_status.has_value());
  const JobRecord& requeued = jobs.at("92");
  EXPECT_EQ(requeued.state, JobState::kPending);
  EXPECT_FALSE(requeued.start_time.has_value());
  EXPECT_FALSE(requeued.end_time.has_value());
}

TEST(ParseSqueue, NoFieldCanShiftAnother) {
  Row row;
  row.name = "a|b,c\td\n8\n";
  row.work_dir = "/w\n9";
  row.out =
      "\x1e"
      "0123456789abcde\x1f";
  const JobSnapshot snapshot = Parse(row.Print() + Row().Print());
  ASSERT_EQ(snapshot.jobs.size(), 2u);
  EXPECT_EQ(snapshot.jobs[0].name, row.name);
  EXPECT_EQ(snapshot.jobs[0].work_dir, row.work_dir);
  EXPECT_EQ(snapshot.jobs[0].stdout_pattern, row.out);
  EXPECT_EQ(snapshot.jobs[1].name, "train");
  EXPECT_EQ(snapshot.malformed_records, 0);
}

TEST(ParseSqueue, MalformedRecordsAreLeftOutAndCounted) {
  Row step;
  step.id = "7.batch";
  Row no_raw_id;
  no_raw_id.raw = "N/A";
  Row no_submit_time;
  no_submit_time.submit = "N/A";
  const JobSnapshot snapshot =
      Parse(absl::StrCat("CLUSTER: other\n", step.Print(), Row().Print(),
                         no_raw_id.Print(), no_submit_time.Print()));
  EXPECT_EQ(snapshot.jobs.size(), 1u);
  EXPECT_EQ(snapshot.malformed_records, 4);
  ASSERT_EQ(snapshot.malformed.size(), 4u);
  EXPECT_FALSE(snapshot.malformed[0].is_record);
  EXPECT_EQ(snapshot.malformed[0].text, "CLUSTER: other");
  EXPECT_TRUE(snapshot.malformed[1].is_record);
  EXPECT_EQ(snapshot.malformed[1].raw_id, 7);
  EXPECT_EQ(snapshot.malformed[1].text, "7.batch");
  EXPECT_EQ(snapshot.malformed[2].raw_id, std::nullopt);
  EXPECT_THAT(snapshot.malformed[3].error, HasSubstr("submit time"));
}

TEST(ParseSqueue, WhatIsNoNewsIsCountedOnly) {
  Row known;
  known.raw = known.id = "8";
  const auto snapshot =
      ParseSqueue(known.Print() + Row().Print(), kTestSeparator,
                  [](const RecordHead& head) { return head.raw_id == 7; });
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->records, 2);
  ASSERT_EQ(snapshot->jobs.size(), 1u);
  EXPECT_EQ(snapshot->jobs[0].job_id, "7");
}

// The hash that is_news is given for the row.
uint64_t PrintOf(const Row& row) { return ParseOne(row).print; }

TEST(ParseSqueue, ThePrintChangesWithEveryField) {
  const uint64_t print = PrintOf(Row());
  EXPECT_EQ(PrintOf(Row()), print);
  std::string Row::*const fields[] = {
      &Row::id,     &Row::raw,      &Row::state, &Row::exit_code,
      &Row::submit, &Row::restarts, &Row::start, &Row::end,
      &Row::batch,  &Row::host,     &Row::user,  &Row::partition,
      &Row::reason, &Row::work_dir, &Row::out,   &Row::name};
  for (std::string Row::*const field : fields) {
    Row row;
    row.*field += "1";
    EXPECT_NE(PrintOf(row), print) << row.*field;
  }
}

TEST(ParseSqueue, EstimatesDoNotChangeThePrint) {
  Row row;
  row.state = "PENDING";
  const uint64_t waits = PrintOf(row);
  row.start = "1500";
  row.end = "1600";
  EXPECT_EQ(PrintOf(row), waits);
  row.state = "RUNNING";
  const uint64_t runs = PrintOf(row);
  row.end = "1700";
  EXPECT_EQ(PrintOf(row), runs);
  row.start = "1501";
  EXPECT_NE(PrintOf(row), runs);
}

TEST(ParseSqueue, ArraysOfWhichTasksWaitAreTold) {
  Row waits;
  waits.id = "12_[3-9%2]";
  waits.state = "PENDING";
  Row cancelled = waits;
  cancelled.id = "13_[1-5]";
  cancelled.state = "CANCELLED";
  const JobSnapshot snapshot = Parse(waits.Print() + cancelled.Print());
  EXPECT_EQ(snapshot.skipped_summaries, 2);
  EXPECT_THAT(snapshot.waiting_arrays, ElementsAre(12));
}

TEST(ParseSqueue, ManyMalformedRecordsAreAllCounted) {
  Row step;
  step.id = "x";
  std::string output;
  for (int i = 0; i < 200; ++i) output += step.Print();
  testing::internal::CaptureStderr();
  const JobSnapshot snapshot = Parse(output);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 6);
  EXPECT_THAT(logged, HasSubstr("records=195"));
  EXPECT_EQ(snapshot.malformed_records, 200);
  EXPECT_EQ(snapshot.malformed.size(), 100u);
}

TEST(ParseSqueue, ARunThatIsBeingRequeuedHasTheCountOfTheNext) {
  Row row;
  row.state = "COMPLETING";
  row.restarts = "1";
  EXPECT_FALSE(ParseOne(row).restart_count.has_value());
  row.state = "RUNNING";
  EXPECT_EQ(ParseOne(row).restart_count, 1);
}

TEST(ParseSqueue, TheWaitStatusTellsThatTheOutputCouldNotBeOpened) {
  Row row;
  row.state = "FAILED";
  row.exit_code = "4021";
  EXPECT_TRUE(ParseOne(row).output_failed);
  EXPECT_EQ(ParseOne(row).exit_status, (ExitStatus{0, 53}));
  row.exit_code = "53";  // killed by signal 53
  EXPECT_FALSE(ParseOne(row).output_failed);
}

TEST(ParseSqueue, UnknownValuesAreAbsentNotErrors) {
  Row row;
  row.state = "BRAND_NEW";
  row.exit_code = "?";
  row.restarts = "N/A";
  row.out = "(null)";
  const JobRecord job = ParseOne(row);
  EXPECT_EQ(job.state, JobState::kOther);
  EXPECT_EQ(job.state_text, "BRAND_NEW");
  EXPECT_FALSE(job.exit_status.has_value());
  EXPECT_FALSE(job.restart_count.has_value());
  EXPECT_FALSE(job.end_time.has_value());
  EXPECT_EQ(job.stdout_pattern, "");
}

TEST(ParseSqueue, CutOutputIsAnError) {
  const std::string output = ReadTestData("squeue.out");
  for (const size_t size : {output.size() - 1, output.size() / 2}) {
    EXPECT_EQ(ParseSqueue(output.substr(0, size), kTestSeparator, Everything)
                  .status()
                  .code(),
              absl::StatusCode::kInternal);
  }
}

TEST(ParseSqueue, AnEmptyQueueIsNoError) {
  EXPECT_TRUE(Parse("").jobs.empty());
}

}  // namespace
}  // namespace smon::slurm
