#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "testing/slurm_standin/command.h"

namespace smon::slurm_standin {
namespace {

// Expectations are what Slurm 22.05.8 printed for such jobs.

constexpr char kLongTaskList[] =
    "1,5-7,100,2000,2007,2014,2021,2028,2035,2042,2049,2056,2063,2070%5";

State Cluster(const std::string& jobs) {
  return ParseState("{\"jobs\": [" + jobs + "]}").value();
}

Output Squeue(const State& state, std::vector<std::string> args,
              std::map<std::string, std::string> env = {}) {
  Call call;
  call.program = "squeue";
  call.args = std::move(args);
  call.env = std::move(env);
  return RunSqueue(state, call);
}

std::string Print(const State& state, const std::string& format,
                  std::map<std::string, std::string> env = {}) {
  return Squeue(state, {"-h", "-t", "all", "-O", format}, std::move(env)).out;
}

TEST(SqueueTest, TextAfterTheColonEndsTheField) {
  const State state = Cluster(R"({"raw_id": 2, "name": "fail1"})");
  EXPECT_EQ(Print(state, "JobID:_,Name:a:b"), "2_fail1a:b\n");
  EXPECT_EQ(Print(state, "jobid:%s,NAME:_8"), "2%sfail1_8\n");
  EXPECT_EQ(Print(state, "JobID:,Name:"), "2fail1\n");
}

TEST(SqueueTest, ASeparatorThatStartsLikeANumberIsAWidth) {
  const State state = Cluster(R"({"raw_id": 2, "name": "fail1"})");
  EXPECT_EQ(Print(state, "Name:2_"), "fa_\n");
  EXPECT_EQ(Print(state, "Name:.8_"), "   fail1_\n");
  EXPECT_EQ(Print(state, "JobID:+3_"), "2  _\n");
  EXPECT_EQ(Print(state, "JobID: 3_"), "2  _\n");
  EXPECT_EQ(Print(state, "JobID:._"), "2_\n");
  EXPECT_EQ(Print(state, "JobID:-_"), "2-_\n");
}

TEST(SqueueTest, WithoutAColonAFieldHasTwentyBytes) {
  const State state = Cluster(R"({"raw_id": 2, "name": "fail1"})");
  EXPECT_EQ(Print(state, "JobID,Name"),
            "2                   fail1               \n");
}

TEST(SqueueTest, AnUnknownFieldIsToldAndLeftEmpty) {
  const Output output =
      Squeue(Cluster(R"({"raw_id": 2})"), {"-h", "-O", "nosuch:_,JobID:_"});
  EXPECT_EQ(output.out, "_2_\n");
  EXPECT_EQ(output.err,
            "squeue: error: Invalid job format specification: nosuch\n");
  EXPECT_EQ(output.exit_status, 0);
}

TEST(SqueueTest, HeadersAreThoseOfTheFields) {
  const State state = Cluster(R"({"raw_id": 2, "name": "fail1"})");
  EXPECT_EQ(Squeue(state, {"-O", "JobArrayID:_,BatchHost:_,RestartCnt:_"}).out,
            "JOBID_EXEC_HOST_RESTART_COUNT_\n2_n/a_0_\n");
}

TEST(SqueueTest, AWaitingArraysListIsCutUnlessAskedForWhole) {
  const State state = Cluster(std::string(R"({"raw_id": 33,
      "array_job_id": 33, "state": "PENDING", "array_summary": ")") +
                              kLongTaskList + "\"}");
  EXPECT_EQ(Print(state, "JobArrayID:_,ArrayTaskID:_"),
            "33_[1,5-7,100,2000,2007,2014,20_1,5-7,100,2000,2007,2014,2021,"
            "2028,2035,2042,2049,2056,2063,...%5_\n");
  EXPECT_EQ(Print(state, "JobArrayID:_", {{"SLURM_BITSTR_LEN", "32"}}),
            "33_[1,5-7,100,2000,2007,2014,202...%5]_\n");
  EXPECT_EQ(Print(state, "JobArrayID:_", {{"SLURM_BITSTR_LEN", "0"}}),
            std::string("33_[") + kLongTaskList + "]_\n");
}

TEST(SqueueTest, AListIsCutWhenItsEllipsisWouldFitNoMore) {
  const auto task_ids = [](const std::string& list) {
    return Print(Cluster(R"({"raw_id": 1, "array_summary": ")" + list + "\"}"),
                 "ArrayTaskID:_");
  };
  const std::string start =
      "1,5-7,10,2007,2014,2021,2028,2035,2042,2049,2056,2063,2070";
  EXPECT_EQ(task_ids(start + ",80"), start + ",80_\n");
  EXPECT_EQ(task_ids(start + ",208"), start + ",2..._\n");
  EXPECT_EQ(task_ids(start + ",2084"), start + ",2..._\n");
}

TEST(SqueueTest, WithArrayEachWaitingTaskHasALine) {
  const State state = Cluster(R"({"raw_id": 8, "array_job_id": 8,
      "state": "PENDING", "array_summary": "0-6:3,9%2"})");
  EXPECT_EQ(
      Squeue(state, {"-hr", "-O", "JobArrayID:_,JobID:_,ArrayTaskID:_"}).out,
      "8_0_8_0_\n8_3_8_3_\n8_6_8_6_\n8_9_8_9_\n");
}

TEST(SqueueTest, EndedJobsAreLeftOutUnlessStatesAreGiven) {
  const State state = Cluster(R"({"raw_id": 1, "state": "COMPLETED"},
      {"raw_id": 2, "state": "RUNNING"}, {"raw_id": 3, "state": "FAILED"})");
  EXPECT_EQ(Squeue(state, {"-h", "-o", "%i"}).out, "2\n");
  EXPECT_EQ(Squeue(state, {"-h", "-t", "cd,Failed", "-o", "%i"}).out, "1\n3\n");
  EXPECT_EQ(Squeue(state, {"-h", "-j", "1", "-o", "%i"}).out, "");
  EXPECT_EQ(Squeue(state, {"-h", "-t", "foo"}).exit_status, 1);
}

TEST(SqueueTest, AnUnknownIdIsAnErrorOnlyWhenItIsTheOnlyOne) {
  const State state = Cluster(R"({"raw_id": 24})");
  const Output one = Squeue(state, {"-h", "-j", "1"});
  EXPECT_EQ(one.err, "slurm_load_jobs error: Invalid job id specified\n");
  EXPECT_EQ(one.exit_status, 1);
  const Output two = Squeue(state, {"-h", "-j", "1,24", "-o", "%i %T"});
  EXPECT_EQ(two.out, "24 RUNNING\n");
  EXPECT_EQ(two.exit_status, 0);
  EXPECT_EQ(Squeue(state, {"-h", "-j", "1,2"}).exit_status, 0);
}

TEST(SqueueTest, APartOfAHeterogeneousJobStandsForAllOfIt) {
  const State state = Cluster(
      R"({"raw_id": 45, "het_job_id": 45, "het_offset": 0},
         {"raw_id": 46, "het_job_id": 45, "het_offset": 1})");
  EXPECT_EQ(Squeue(state, {"-h", "-j", "45+1", "-o", "%i"}).out,
            "45+0\n45+1\n");
  EXPECT_EQ(Squeue(state, {"-h", "-j", "46", "-o", "%i"}).out, "45+1\n");
}

TEST(SqueueTest, UnknownUsersAndPartitionsAreNoFailure) {
  const State state = Cluster(R"({"raw_id": 1, "user": "alice",
      "partition": "batch,batch_long"})");
  const Output unknown = Squeue(state, {"-h", "-u", "nosuchuser"});
  EXPECT_EQ(unknown.out, "");
  EXPECT_EQ(unknown.err, "squeue: error: Invalid user: nosuchuser\n\n");
  EXPECT_EQ(unknown.exit_status, 0);
  EXPECT_EQ(Squeue(state, {"-h", "-u", "nosuchuser,alice", "-o", "%i"}).out,
            "1\n");
  EXPECT_EQ(Squeue(state, {"-h", "-p", "nosuch"}).out, "");
  EXPECT_EQ(Squeue(state, {"-h", "-p", "batch_long", "-o", "%i"}).out, "1\n");
}

TEST(SqueueTest, AnInheritedVariableChangesTheOutput) {
  const State state = Cluster(R"({"raw_id": 1, "submit": 1795381155})");
  EXPECT_EQ(Squeue(state, {"-h"}, {{"SQUEUE_FORMAT", "<%i>"}}).out, "<1>\n");
  EXPECT_EQ(Print(state, "SubmitTime:_", {{"SLURM_TIME_FORMAT", "%s"}}),
            "1795381155_\n");
}

TEST(SqueueTest, AJobThatNeverStartedStartsWhenItEnds) {
  const State state = Cluster(R"({"raw_id": 1, "state": "CANCELLED", "end": 20},
                 {"raw_id": 2, "state": "PENDING"},
                 {"raw_id": 3, "state": "RUNNING", "start": 30,
                  "time_limit_minutes": 1})");
  EXPECT_EQ(
      Print(state, "StartTime:_,EndTime:_", {{"SLURM_TIME_FORMAT", "%s"}}),
      "20_20_\nN/A_N/A_\n30_90_\n");
}

}  // namespace
}  // namespace smon::slurm_standin
