#include "slurm/sacct.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

// Slurm 22.05.
SacctCapabilities Capabilities() {
  SacctCapabilities capabilities;
  capabilities.work_dir = true;
  capabilities.submit_line = true;
  return capabilities;
}

// The fields of an ended job, in the order of the command line.
struct Row {
  std::string raw = "7", id = "7", state = "COMPLETED", exit_code = "0:0",
              submit = "1000", start = "1001", end = "1002", user = "alice",
              partition = "batch", nodes = "n1", work_dir = "/w",
              line = "sbatch t.sh", name = "t.sh";

  std::string Print() const {
    return FormatRecord({raw, id, state, exit_code, submit, start, end, user,
                         partition, nodes, work_dir, line, name});
  }
};

JobSnapshot Parse(const std::string& output) {
  const auto snapshot =
      ParseSacct(output, kTestSeparator, Capabilities(), Everything);
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return snapshot.value_or(JobSnapshot());
}

TEST(SacctHelpformat, TellsWhatTheVersionHas) {
  const std::string real = ReadTestData("sacct_helpformat.out");
  const auto old_version = ParseSacctHelpformat(real);
  ASSERT_TRUE(old_version.ok()) << old_version.status();
  EXPECT_TRUE(old_version->work_dir);
  EXPECT_TRUE(old_version->submit_line);
  EXPECT_FALSE(old_version->stdout_field);
  const auto new_version = ParseSacctHelpformat(real + "StdOut StdErr\n");
  ASSERT_TRUE(new_version.ok()) << new_version.status();
  EXPECT_TRUE(new_version->stdout_field);
}

TEST(SacctHelpformat, AMissingFieldThatWeNeedIsAnError) {
  EXPECT_EQ(ParseSacctHelpformat("").status().code(),
            absl::StatusCode::kInternal);
}

TEST(SacctArgv, AsksForTheRunsThatEndedInTheWindow) {
  const std::vector<std::string> argv =
      SacctArgv({{"batch", "debug"}, "alice"}, Capabilities(),
                absl::FromUnixSeconds(1795381150), absl::InfiniteFuture(), "@");
  EXPECT_THAT(
      argv, ElementsAre(
                "sacct", "--local", "-a", "-X", "-D", "-n", "-p",
                "--delimiter=@", "-S", "2026-11-22T20:59:10", "-E", "now", "-s",
                "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,"
                "OUT_OF_MEMORY,PREEMPTED,REQUEUED,TIMEOUT",
                "-o",
                "JobIDRaw,JobID,State,ExitCode,Submit,Start,End,User,"
                "Partition,NodeList,WorkDir,SubmitLine,JobName",
                "-r", "batch,debug", "-u", "alice"));
}

TEST(SacctArgv, AsksOnlyForFieldsThatTheVersionHas) {
  EXPECT_THAT(SacctArgv({}, {}, absl::Now(), absl::InfiniteFuture(), "@"),
              Contains(EndsWith("Partition,NodeList,JobName")));
  SacctCapabilities newest = Capabilities();
  newest.stdout_field = true;
  EXPECT_THAT(SacctArgv({}, newest, absl::Now(), absl::InfiniteFuture(), "@"),
              Contains(HasSubstr("WorkDir,StdOut,SubmitLine")));
}

TEST(SacctArgv, AWindowMayEndBeforeNow) {
  const std::vector<std::string> argv =
      SacctArgv({}, {}, absl::FromUnixSeconds(1795381150),
                absl::FromUnixSeconds(1795381210), "@");
  EXPECT_THAT(argv, IsSupersetOf({"-S", "2026-11-22T20:59:10", "-E",
                                  "2026-11-22T21:00:10"}));
}

TEST(SacctArgv, ATimeBeforeAllJobsIsTheEpoch) {
  EXPECT_THAT(
      SacctArgv({}, {}, absl::InfinitePast(), absl::InfiniteFuture(), "@"),
      Contains("1970-01-02T00:00:00"));
}

TEST(ParseSacct, ReadsARealAnswer) {
  const JobSnapshot snapshot = Parse(ReadTestData("sacct.out"));
  EXPECT_EQ(snapshot.jobs.size(), 17u);
  EXPECT_EQ(snapshot.malformed_records, 0);
  const auto jobs = ByJobId(snapshot.jobs);
  // The user requeued the job: this run is over.
  EXPECT_EQ(jobs.at("92").state, JobState::kRequeued);
  EXPECT_TRUE(jobs.at("92").end_time.has_value());

  const JobRecord& failed_task = jobs.at("86_2");
  EXPECT_EQ(failed_task.raw_id, 98);
  EXPECT_EQ(failed_task.array_job_id, 86);
  EXPECT_EQ(failed_task.array_task_id, 2);
  EXPECT_EQ(failed_task.state, JobState::kFailed);
  EXPECT_EQ(failed_task.exit_status, (ExitStatus{7, 0}));
  EXPECT_EQ(failed_task.submit_time, absl::FromUnixSeconds(1795382844));
  EXPECT_EQ(failed_task.start_time, absl::FromUnixSeconds(1795382845));
  EXPECT_EQ(failed_task.end_time, absl::FromUnixSeconds(1795382845));
  EXPECT_EQ(failed_task.user, "root");
  EXPECT_EQ(failed_task.partition, "batch");
  EXPECT_EQ(failed_task.batch_host, "n1");
  EXPECT_EQ(failed_task.work_dir, "/scratch/work");
  EXPECT_EQ(failed_task.is_batch, true);
  EXPECT_EQ(failed_task.name, "array");
  EXPECT_THAT(failed_task.submit_line, HasSubstr("-J array -a 0-3"));
  EXPECT_TRUE(failed_task.from_accounting);

  EXPECT_EQ(jobs.at("88").name, "pipe|new\nline\ttab");
  EXPECT_EQ(jobs.at("90+1").raw_id, 91);
  EXPECT_EQ(jobs.at("90+1").het_offset, 1);
  EXPECT_EQ(jobs.at("95").is_batch, false);
  EXPECT_EQ(jobs.at("84").state, JobState::kCancelled);
  EXPECT_EQ(jobs.at("84").state_text, "CANCELLED");
}

TEST(ParseSacct, AJobThatNeverStartedHasNoStartTime) {
  const auto jobs = ByJobId(Parse(ReadTestData("sacct.out")).jobs);
  EXPECT_FALSE(jobs.at("85").start_time.has_value());
  EXPECT_TRUE(jobs.at("85").end_time.has_value());
  Row row;
  row.state = "CANCELLED by 0";
  row.nodes = "None assigned";
  row.start = row.end;  // seen so in the first seconds
  EXPECT_FALSE(Parse(row.Print()).jobs[0].start_time.has_value());
}

TEST(ParseSacct, RunsThatHaveNotEndedAreLeftOut) {
  for (const char* state : {"RUNNING", "PENDING", "REQUEUE_HOLD", "SUSPENDED",
                            "RESIZING", "REVOKED", "BRAND_NEW"}) {
    Row row;
    row.state = state;
    const JobSnapshot snapshot = Parse(row.Print());
    EXPECT_TRUE(snapshot.jobs.empty()) << state;
    EXPECT_EQ(snapshot.malformed_records, 0) << state;
  }
}

TEST(ParseSacct, EachRunOfARequeuedJobIsARecord) {
  Row first;
  first.state = "PREEMPTED";
  Row second;
  second.submit = "1002";
  const JobSnapshot snapshot = Parse(first.Print() + second.Print());
  ASSERT_EQ(snapshot.jobs.size(), 2u);
  EXPECT_NE(snapshot.jobs[0].submit_time, snapshot.jobs[1].submit_time);
}

TEST(ParseSacct, ARowThatIsNotFilledInYetIsLeftOut) {
  Row row;
  row.name = "allocation";
  row.partition = "";
  row.work_dir = "";
  EXPECT_TRUE(Parse(row.Print()).jobs.empty());
  // A job whose name is empty also shows so.
  row.partition = "batch";
  row.work_dir = "/w";
  EXPECT_EQ(Parse(row.Print()).jobs.size(), 1u);
}

TEST(ParseSacct, SummariesAreSkippedAndCounted) {
  Row row;
  row.id = "7_[1-100%3]";
  row.state = "CANCELLED by 0";
  const JobSnapshot snapshot = Parse(row.Print());
  EXPECT_TRUE(snapshot.jobs.empty());
  EXPECT_EQ(snapshot.skipped_summaries, 1);
}

TEST(ParseSacct, MalformedRecordsAreLeftOutAndCounted) {
  Row step;
  step.id = "7.batch";
  Row no_submit_time;
  no_submit_time.submit = "Unknown";
  const JobSnapshot snapshot =
      Parse(step.Print() + no_submit_time.Print() + Row().Print());
  EXPECT_EQ(snapshot.jobs.size(), 1u);
  EXPECT_EQ(snapshot.malformed_records, 2);
}

TEST(ParseSacct, TheStdOutFieldIsTheStdoutPattern) {
  SacctCapabilities newest = Capabilities();
  newest.stdout_field = true;
  const auto snapshot =
      ParseSacct(FormatRecord({"7", "7", "FAILED", "1:0", "1000", "1001",
                               "1002", "alice", "batch", "n[3-4]", "/w",
                               "/w/%j.out", "sbatch t.sh", "t.sh"}),
                 kTestSeparator, newest, Everything);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_EQ(snapshot->jobs.size(), 1u);
  EXPECT_EQ(snapshot->jobs[0].stdout_pattern, "/w/%j.out");
  EXPECT_EQ(snapshot->jobs[0].submit_line, "sbatch t.sh");
  EXPECT_EQ(snapshot->jobs[0].batch_host, "n3");
}

TEST(ParseSacct, WhoSubmittedTheJobTellsWhetherItIsABatchJob) {
  Row row;
  row.line = "/usr/bin/sbatch x";
  EXPECT_EQ(Parse(row.Print()).jobs[0].is_batch, true);
  row.line = "salloc -N1";
  EXPECT_EQ(Parse(row.Print()).jobs[0].is_batch, false);
  for (const char* line : {"", "python3 submit.py", "sbatchx"}) {
    row.line = line;
    EXPECT_FALSE(Parse(row.Print()).jobs[0].is_batch.has_value()) << line;
  }
}

TEST(ParseSacct, CutOutputIsAnError) {
  const std::string output = ReadTestData("sacct.out");
  EXPECT_EQ(ParseSacct(output.substr(0, output.size() - 20), kTestSeparator,
                       Capabilities(), Everything)
                .status()
                .code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace smon::slurm
