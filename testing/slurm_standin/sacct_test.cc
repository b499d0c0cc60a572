#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/sacct_fields.h"

namespace smon::slurm_standin {
namespace {

// Expectations are what Slurm 22.05.8 printed for such jobs.

constexpr int64_t kNow = 10000;

State Cluster(const std::string& jobs, const std::string& more = "") {
  return ParseState("{" + more + "\"jobs\": [" + jobs + "]}").value();
}

Output Sacct(const State& state, std::vector<std::string> args,
             const std::string& preset = "") {
  Call call;
  call.program = "sacct";
  call.args = std::move(args);
  call.env = {{"SLURM_TIME_FORMAT", "%s"}};
  call.now = kNow;
  call.preset = preset;
  return RunSacct(state, call);
}

std::string Print(const State& state, const std::string& format,
                  std::vector<std::string> args) {
  args.insert(args.end(), {"-XPn", "-o", format});
  return Sacct(state, args).out;
}

TEST(SacctTest, StatesAreSpeltWithWhoCancelled) {
  const State state = Cluster(
      R"({"raw_id": 1, "state": "CANCELLED", "cancelled_by": 0},
         {"raw_id": 2, "state": "CANCELLED"})");
  EXPECT_EQ(Print(state, "State", {"-j", "1,2"}),
            "CANCELLED by 0\nCANCELLED\n");
}

TEST(SacctTest, ExitCodesAreNotAlwaysThoseOfSqueue) {
  const State state = Cluster(
      R"({"raw_id": 1, "state": "FAILED", "exit_status": 256},
         {"raw_id": 2, "state": "FAILED", "exit_status": 9},
         {"raw_id": 3, "state": "OUT_OF_MEMORY", "exit_status": 253},
         {"raw_id": 4, "state": "FAILED", "exit_status": 4021},
         {"raw_id": 5, "state": "FAILED", "exit_status": 51200},
         {"raw_id": 6, "state": "TIMEOUT", "exit_status": 15},
         {"raw_id": 7, "state": "TIMEOUT", "sacct_exit": "0:1"})");
  EXPECT_EQ(Print(state, "ExitCode", {"-j", "1,2,3,4,5,6,7"}),
            "1:0\n0:9\n0:125\n0:53\n72:0\n0:0\n0:1\n");
}

TEST(SacctTest, TextIsChanged) {
  EXPECT_EQ(AccountingText("q\"uote"), "q`uote");
  EXPECT_EQ(AccountingText("bad\xffutf\xc3\xa9"), "bad?utf\xc3\xa9");
  EXPECT_EQ(AccountingText("x\xf0\x9f\x98\xff\xe2\x82z"), "x??????z");
  const State state = Cluster(R"({"raw_id": 1, "name": ""})");
  EXPECT_EQ(Print(state, "JobName", {"-j", "1"}), "allocation\n");
}

TEST(SacctTest, TimesThatAreMissingHaveWords) {
  const State state = Cluster(
      R"({"raw_id": 1, "state": "PENDING", "submit": 5},
         {"raw_id": 2, "state": "CANCELLED", "submit": 5, "end": 7})");
  EXPECT_EQ(Print(state, "Submit,Start,End", {"-j", "1,2"}),
            "5|Unknown|Unknown\n5|None|7\n");
}

TEST(SacctTest, ParsableHasADelimiterAtTheEndOfTheLine) {
  const State state = Cluster(R"({"raw_id": 1})");
  EXPECT_EQ(
      Sacct(state, {"-Xpn", "-j1", "--delimiter=<~>", "-o", "JobIDRaw,JobID"})
          .out,
      "1<~>1<~>\n");
  EXPECT_EQ(Sacct(state, {"-XP", "-j1", "-o", "jobidraw,state"}).out,
            "JobIDRaw|State\n1|RUNNING\n");
}

TEST(SacctTest, ColumnsAreCutWithAPlus) {
  const State state =
      Cluster(R"({"raw_id": 1, "state": "CANCELLED", "cancelled_by": 0})");
  EXPECT_EQ(Sacct(state, {"-X", "-j1", "-o", "JobID,State,State%-12"}).out,
            "JobID             State State        \n"
            "------------ ---------- ------------ \n"
            "1            CANCELLED+ CANCELLED b+ \n");
}

TEST(SacctTest, EachFormOfAnIdFindsItsJobs) {
  const State state = Cluster(
      R"({"raw_id": 37, "het_job_id": 37, "het_offset": 0},
         {"raw_id": 38, "het_job_id": 37, "het_offset": 1},
         {"raw_id": 110, "array_job_id": 31, "array_task_id": 2},
         {"raw_id": 31, "array_job_id": 31, "array_task_id": 3})");
  EXPECT_EQ(Print(state, "JobID,JobIDRaw", {"-j", "31"}),
            "31_2|110\n31_3|31\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "31_2"}), "31_2\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "110"}), "31_2\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "37"}), "37+0\n37+1\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "37+1"}), "37+1\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "38"}), "37+1\n");
  EXPECT_EQ(Print(state, "JobID", {"-j", "99"}), "");
  EXPECT_EQ(Sacct(state, {"-j", "31,abc"}).err,
            "sacct: fatal: Bad job/step specified: abc\n");
}

class SacctWindowTest : public testing::Test {
 protected:
  const State state_ = Cluster(
      R"({"raw_id": 1, "state": "COMPLETED", "submit": 90, "start": 91,
          "end": 95},
         {"raw_id": 2, "state": "FAILED", "submit": 90, "start": 91,
          "end": 150},
         {"raw_id": 3, "state": "RUNNING", "submit": 90, "start": 91},
         {"raw_id": 4, "state": "CANCELLED", "submit": 90, "eligible": 0,
          "end": 150},
         {"raw_id": 5, "state": "COMPLETED", "submit": 201, "start": 201,
          "end": 202})");
};

TEST_F(SacctWindowTest, WithoutStatesItHasWhatWasThereInTheWindow) {
  EXPECT_EQ(Print(state_, "JobID", {"-a", "-S", "uts100", "-E", "uts200"}),
            "2\n3\n");
}

TEST_F(SacctWindowTest, WithStatesItHasWhatEndedSoInTheWindow) {
  EXPECT_EQ(Print(state_, "JobID",
                  {"-a", "-S", "uts100", "-E", "uts200", "-s", "CD,f,CA"}),
            "2\n4\n");
}

TEST_F(SacctWindowTest, WithRunningItHasWhatRanInTheWindow) {
  EXPECT_EQ(Print(state_, "JobID,State",
                  {"-a", "-S", "uts100", "-E", "uts200", "-s", "R"}),
            "2|FAILED\n3|RUNNING\n");
}

TEST_F(SacctWindowTest, WithStatesAndWithoutAnEndItIsEmpty) {
  EXPECT_EQ(Print(state_, "JobID", {"-a", "-S", "uts100", "-s", "F"}), "");
  EXPECT_EQ(
      Print(state_, "JobID", {"-a", "-S", "uts100", "-E", "now", "-s", "F"}),
      "2\n");
}

TEST_F(SacctWindowTest, ItMustNotEndBeforeItStarts) {
  EXPECT_EQ(Sacct(state_, {"-S", "uts200", "-E", "uts100"}).err,
            "sacct: error: Start time (200) requested is after end time "
            "(100).\n");
}

TEST(SacctTest, AJobThatWaitsForTwoPartitionsIsInNeither) {
  const State state = Cluster(R"({"raw_id": 1, "partition": "a,b"},
                                 {"raw_id": 2, "partition": "b"})");
  EXPECT_EQ(Print(state, "JobID", {"-j", "1,2", "-r", "a,b"}), "2\n");
}

TEST(SacctTest, BatchScriptsHaveAHeadingEach) {
  const State state = Cluster(
      R"({"raw_id": 1, "batch_script": "#!/bin/sh\ntrue\n"}, {"raw_id": 2})");
  const std::string rule(80, '-');
  EXPECT_EQ(Sacct(state, {"-B", "-j", "1,2"}).out,
            "Batch Script for 1\n" + rule + "\n#!/bin/sh\ntrue\n\n" +
                "Batch Script for 2\n" + rule + "\nNONE\n\n");
  EXPECT_EQ(Sacct(state, {"-B"}).exit_status, 1);
}

TEST(SacctTest, StepsShowUnlessLeftOut) {
  const State state = Cluster(
      R"({"raw_id": 3, "state": "FAILED", "exit_status": 9, "start": 5},
         {"raw_id": 4, "batch": false, "start": 5})");
  EXPECT_EQ(Sacct(state, {"-Pn", "-j3,4", "-o", "JobID,JobName,State"}).out,
            "3|allocation|FAILED\n3.batch|batch|CANCELLED\n"
            "4|allocation|RUNNING\n");
}

TEST(SacctTest, FieldsDependOnTheVersion) {
  const State old = Cluster(R"({"raw_id": 1})");
  const Output refused = Sacct(old, {"-XPn", "-j1", "-o", "JobID,StdOut"});
  EXPECT_EQ(refused.err, "sacct: error: Invalid field requested: \"StdOut\"\n");
  EXPECT_EQ(refused.exit_status, 1);
  const State newer = Cluster(R"({"raw_id": 1, "stdout": "%j.log"})",
                              R"("version": "24.05.3",)");
  EXPECT_EQ(Print(newer, "StdOut", {"-j1"}), "/tmp/%j.log\n");
  const State oldest = Cluster("", R"("version": "20.11.9",)");
  EXPECT_EQ(Sacct(oldest, {"--batch-script", "-j1"}).err,
            "sacct: unrecognized option '--batch-script'\n");
}

TEST(SacctTest, WithoutAccountingNothingWorksButTheVersion) {
  const State state = Cluster("", R"("accounting": false,)");
  for (const char* option : {"-X", "--helpformat", "-a"}) {
    const Output output = Sacct(state, {option});
    EXPECT_EQ(output.err, "Slurm accounting storage is disabled\n");
    EXPECT_EQ(output.exit_status, 1);
  }
  EXPECT_EQ(Sacct(state, {"--version"}).out, "slurm-wlm 22.05.8\n");
}

TEST(SacctTest, WrongArgumentsAreToldBeforeAnOutageIs) {
  const State state = Cluster("");
  EXPECT_EQ(Sacct(state, {"-s", "FOO"}, "dbd_down").err,
            "sacct: fatal: unrecognized job state value 'FOO'\n");
  EXPECT_EQ(Sacct(state, {"-o", "nope"}, "dbd_down").err,
            "sacct: error: slurm_persist_conn_open_without_init: failed to "
            "open persistent connection to host:127.0.0.1:6819: Connection "
            "refused\n"
            "sacct: error: Sending PersistInit msg: Connection refused\n"
            "sacct: error: Problem talking to the database: Connection "
            "refused\n");
}

TEST(SacctTest, AccountingMayKnowAnotherTruth) {
  const State state = Cluster(R"({"raw_id": 1, "name": "train",
      "state": "COMPLETED", "sacct": {"name": "", "state": "PENDING"}})");
  EXPECT_EQ(Print(state, "JobName,State", {"-j1"}), "allocation|PENDING\n");
  Call squeue;
  squeue.program = "squeue";
  squeue.args = {"-h", "-tall", "-o%j %T"};
  EXPECT_EQ(RunSqueue(state, squeue).out, "train COMPLETED\n");
}

}  // namespace
}  // namespace smon::slurm_standin
