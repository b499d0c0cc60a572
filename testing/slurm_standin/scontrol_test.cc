#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/scontrol_job.h"

namespace smon::slurm_standin {
namespace {

Output Execute(const std::string& command_line, const State& state,
               const std::string& preset = "") {
  Call call;
  call.args = absl::StrSplit(command_line, ' ');
  call.program = call.args[0];
  call.args.erase(call.args.begin());
  call.preset = preset;
  return RunCommand(state, call);
}

State Cluster(const std::string& text) { return ParseState(text).value(); }

TEST(ScontrolTest, ShowsTheConfigurationInColumns) {
  const std::string out =
      Execute("scontrol show config",
              Cluster(R"({"cluster": "proof", "min_job_age": 20,
                      "accounting": false})"))
          .out;
  for (const char* line :
       {"\nClusterName             = proof\n",
        "\nMinJobAge               = 20 sec\n",
        "\nSLURM_VERSION           = 22.05.8\n",
        "\nAccountingStorageType   = accounting_storage/none\n",
        "\nAccountingStorageBackupHost = (null)\n"}) {
    EXPECT_TRUE(absl::StrContains(out, line)) << line << out;
  }
}

TEST(ScontrolTest, ExpandsSomePatternsOnly) {
  Job job;
  job.raw_id = 120;
  job.array_job_id = 80;
  job.array_task_id = 7;
  job.name = "patarr";
  job.user = "nobody";
  job.work_dir = "/scratch/work";
  EXPECT_EQ(ScontrolPath(job, "pa:%j.%A.%a.%x.%u.%N.%n.%t.%s.%J.%b.%%.%4a"),
            "/scratch/work/pa:120.80.7.patarr.nobody.%N.%n.%t.%s.%J.%b.%%.%4a");
  EXPECT_EQ(ScontrolPath(job, ""), "/scratch/work/slurm-80_7.out");
}

TEST(ScontrolTest, AWaitingArraysLogHasNoTask) {
  Job job;
  job.raw_id = 34;
  job.array_summary = "0-10%2";
  EXPECT_EQ(ScontrolPath(job, ""), "/tmp/slurm-34_4294967294.out");
}

TEST(ScontrolTest, AJobTakesOneLineOrMany) {
  const State state = Cluster(R"({"jobs": [{"raw_id": 24, "name": "a b",
      "batch": false, "reason": "job requeued in held state"}]})");
  const std::string one = Execute("scontrol -o show job 24", state).out;
  EXPECT_TRUE(absl::StartsWith(one, "JobId=24 JobName=a b UserId=root(0) "));
  EXPECT_TRUE(absl::StrContains(one, "Reason=job_requeued_in_held_state "));
  EXPECT_TRUE(absl::EndsWith(one, " WorkDir=/tmp Power= \n")) << one;
  const std::string many = Execute("scontrol show job 24", state).out;
  EXPECT_TRUE(absl::StartsWith(many, "JobId=24 JobName=a b\n   UserId="));
  EXPECT_TRUE(absl::EndsWith(many, "\n   WorkDir=/tmp\n   Power=\n   \n\n"));
}

TEST(ScontrolTest, AListOfIdsIsRefused) {
  const State state = Cluster(R"({"jobs": [{"raw_id": 1}, {"raw_id": 2}]})");
  EXPECT_EQ(Execute("scontrol show job 1,2", state).err,
            "scontrol_print_job error: Invalid job id specified\n");
  EXPECT_EQ(Execute("scontrol show job 3", state).err,
            "slurm_load_jobs error: Invalid job id specified\n");
}

TEST(ScontrolTest, PingTellsOnStandardOutputThatTheControllerIsDown) {
  const State state = Cluster("{}");
  EXPECT_EQ(Execute("scontrol ping", state).out,
            "Slurmctld(primary) at localhost is UP\n");
  const Output down = Execute("scontrol ping", state, "controller_down");
  EXPECT_TRUE(
      absl::StartsWith(down.out, "Slurmctld(primary) at localhost is DOWN\n"));
  EXPECT_EQ(down.err, "");
  EXPECT_EQ(down.exit_status, 1);
}

TEST(SinfoTest, ListsPartitionsWithAMarkOnTheDefault) {
  const State state = Cluster(R"({"partitions": ["batch", "batch_long"]})");
  EXPECT_EQ(Execute("sinfo -h -a -o %R", state).out, "batch\nbatch_long\n");
  EXPECT_EQ(Execute("sinfo -o %P", state).out,
            "PARTITION\nbatch*\nbatch_long\n");
  EXPECT_EQ(Execute("sinfo -h -o %R -p nosuch", state).out, "");
}

TEST(SinfoTest, TellsTheNodesAndTheirHosts) {
  const State state = Cluster(R"({"partitions": ["batch", "long"],
      "nodes": {"n1": "gpu01.cluster"},
      "jobs": [{"raw_id": 1, "batch_host": "n1"},
               {"raw_id": 2, "batch_host": "n2"}]})");
  EXPECT_EQ(Execute("sinfo -h -a -N -o %N:%n", state).out,
            "n1:gpu01.cluster\nn1:gpu01.cluster\nn2:n2\nn2:n2\n");
  EXPECT_EQ(Execute("sinfo -h -o %n", state).exit_status, 99);
}

TEST(SinfoTest, SaysWhatItDoesNotModel) {
  EXPECT_EQ(Execute("sinfo -h -o %D", Cluster("{}")).exit_status, 99);
}

TEST(SinfoTest, FailsInItsOwnWords) {
  EXPECT_EQ(Execute("sinfo -h -o %R", Cluster("{}"), "controller_timeout").err,
            "slurm_load_partitions: Socket timed out on send/recv operation\n");
}

}  // namespace
}  // namespace smon::slurm_standin
