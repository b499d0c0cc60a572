#include "slurm/cli_slurm_client.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// Answers each command line by its beginning.
class FakeRunner : public CommandRunner {
 public:
  absl::StatusOr<CommandResult> Run(const Command& command) override {
    const std::string line = absl::StrJoin(command.argv, " ");
    lines.push_back(line);
    timeout = command.timeout;
    for (const auto& [beginning, answer] : answers) {
      if (!absl::StartsWith(line, beginning)) continue;
      absl::StatusOr<CommandResult> result = answer;
      if (result.ok()) {
        UseSeparatorOf(line, &result->output);
        if (command.on_output) {
          command.on_output(result->output);
          result->output.clear();
        }
      }
      return result;
    }
    return absl::NotFoundError("no answer for " + line);
  }

  void Answer(const std::string& beginning, const std::string& output) {
    CommandResult result;
    result.output = output;
    answers[beginning] = result;
  }
  void Fail(const std::string& beginning, const std::string& error_output) {
    CommandResult result;
    result.exit_code = 1;
    result.error_output = error_output;
    answers[beginning] = result;
  }

  std::map<std::string, absl::StatusOr<CommandResult>> answers;
  std::vector<std::string> lines;
  absl::Duration timeout;

 private:
  static void UseSeparatorOf(const std::string& line, std::string* output) {
    const size_t start = line.find('\x1e');
    if (start == std::string::npos) return;
    const size_t end = line.find('\x1f', start);
    *output = absl::StrReplaceAll(
        *output, {{kTestSeparator, line.substr(start, end + 1 - start)}});
  }
};

class CliSlurmClientTest : public ::testing::Test {
 protected:
  CliSlurmClientTest() {
    runner_.Answer("squeue", ReadTestData("squeue.out"));
    runner_.Answer("sacct --helpformat", ReadTestData("sacct_helpformat.out"));
    runner_.Answer("sacct --local", ReadTestData("sacct.out"));
    runner_.Answer("sinfo -h -a -N", "n1 vm\nn3 vm.cluster\nn4 vm\n");
    runner_.Answer("sinfo -h -a -o", "debug\nbatch\nbatch\n");
  }

  CliSlurmClient::Options options_;
  FakeRunner runner_;
  CliSlurmClient client_{&runner_, options_};
};

TEST_F(CliSlurmClientTest, ASteadyStatePollIsOneCommand) {
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  EXPECT_EQ(runner_.lines.size(), 2u);  // the nodes' hosts, once
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  EXPECT_EQ(runner_.lines.size(), 3u);
}

TEST_F(CliSlurmClientTest, JobsAreReadByNumberWithOneCommand) {
  options_.partitions = {"batch"};
  CliSlurmClient client(&runner_, options_);
  const auto nothing = [](const RecordHead&) { return false; };
  const auto snapshot = client.ReadJobs({82, 90}, nothing);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_FALSE(snapshot->jobs.empty()) << "all are wanted, news or not";
  EXPECT_THAT(runner_.lines.front(), HasSubstr("-p batch -j 82,90"));
  EXPECT_EQ(client.Counts().by_command.at("squeue").calls, 1);
}

TEST_F(CliSlurmClientTest, AJobThatSlurmDoesNotHaveIsNoError) {
  runner_.Fail("squeue", "slurm_load_jobs error: Invalid job id specified\n");
  const auto snapshot = client_.ReadJobs({99}, Everything);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_THAT(snapshot->jobs, IsEmpty());
  EXPECT_EQ(client_.Counts().by_command.at("squeue").failures, 0);
}

TEST_F(CliSlurmClientTest, ManyJobsAreReadWithTheWholeQueue) {
  std::vector<int64_t> numbers(201);
  for (int i = 0; i < 201; ++i) numbers[i] = 82 + i;
  const auto nothing = [](const RecordHead&) { return false; };
  const auto snapshot = client_.ReadJobs(numbers, nothing);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(ByJobId(snapshot->jobs).count("82"), 1u) << "asked for";
  EXPECT_EQ(runner_.lines.front().find(" -j "), std::string::npos);
  EXPECT_TRUE(client_.ReadJobs({}, nothing)->jobs.empty());
}

TEST_F(CliSlurmClientTest, TheSeparatorIsAnotherForEachCall) {
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  EXPECT_NE(runner_.lines.front(), runner_.lines.back());
}

TEST_F(CliSlurmClientTest, TheBatchHostIsTheHostNotTheNode) {
  const auto snapshot = client_.ReadQueue(Everything);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  const auto jobs = ByJobId(snapshot->jobs);
  EXPECT_EQ(jobs.at("82").batch_host, "vm");
  EXPECT_EQ(jobs.at("90+0").batch_host, "vm.cluster");
}

TEST_F(CliSlurmClientTest, ANodeThatSlurmDoesNotHaveIsAskedForOnce) {
  runner_.Answer("sinfo -h -a -N", "n1 vm\n");
  const auto snapshot = client_.ReadQueue(Everything);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(ByJobId(snapshot->jobs).at("90+0").batch_host, "");
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  EXPECT_EQ(client_.Counts().by_command.at("sinfo").calls, 1);
}

TEST_F(CliSlurmClientTest, AccountingsCapabilitiesAreAskedOnce) {
  const auto snapshot = client_.ReadAccounting(
      absl::FromUnixSeconds(86400), absl::InfiniteFuture(), Everything);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->jobs.size(), 17u);
  EXPECT_EQ(runner_.lines[0], "sacct --helpformat");
  ASSERT_TRUE(client_
                  .ReadAccounting(absl::FromUnixSeconds(86400),
                                  absl::InfiniteFuture(), Everything)
                  .ok());
  EXPECT_EQ(std::count(runner_.lines.begin(), runner_.lines.end(),
                       "sacct --helpformat"),
            1);
}

TEST_F(CliSlurmClientTest, TheSelectionAndTheTimeoutGoIntoTheCommands) {
  CliSlurmClient client(&runner_,
                        {{"batch", "debug"}, "alice", absl::Seconds(7)});
  ASSERT_TRUE(client.ReadQueue(Everything).ok());
  EXPECT_THAT(runner_.lines[0], HasSubstr("-p batch,debug -u alice"));
  EXPECT_EQ(runner_.timeout, absl::Seconds(7));
  ASSERT_TRUE(
      client.ReadAccounting(absl::Now(), absl::InfiniteFuture(), Everything)
          .ok());
  EXPECT_THAT(runner_.lines.back(), HasSubstr("-r batch,debug -u alice"));
}

TEST_F(CliSlurmClientTest, BatchScriptsAreReadInOneCall) {
  runner_.Answer("sacct --batch-script",
                 "Batch Script for 5_2\n--------------------\n#!/bin/sh\n\n");
  const auto scripts = client_.ReadBatchScripts({"5_2", "12+0"});
  ASSERT_TRUE(scripts.ok()) << scripts.status();
  EXPECT_THAT(*scripts, ElementsAre(Pair("5_2", "#!/bin/sh\n")));
  EXPECT_EQ(runner_.lines.back(), "sacct --batch-script -j 5_2,12+0");
}

TEST_F(CliSlurmClientTest, BatchScriptsOfNoJobsOrOfNonsenseRunNoCommand) {
  EXPECT_THAT(*client_.ReadBatchScripts({}), IsEmpty());
  EXPECT_EQ(client_.ReadBatchScripts({"-V"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client_.ReadBatchScripts(std::vector<std::string>(2001, "1"))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(runner_.lines, IsEmpty());
}

TEST_F(CliSlurmClientTest, AVersionThatStoresNoScriptsIsNotAskedForThem) {
  runner_.Answer("sacct --helpformat",
                 "JobIDRaw JobID State ExitCode Submit Start End User "
                 "Partition NodeList JobName\n");
  const auto scripts = client_.ReadBatchScripts({"1"});
  ASSERT_TRUE(scripts.ok()) << scripts.status();
  EXPECT_THAT(*scripts, IsEmpty());
  EXPECT_THAT(runner_.lines, ElementsAre("sacct --helpformat"));
}

TEST_F(CliSlurmClientTest, PartitionsAreListedOnce) {
  const auto partitions = client_.ListPartitions();
  ASSERT_TRUE(partitions.ok()) << partitions.status();
  EXPECT_THAT(*partitions, ElementsAre("batch", "debug"));
}

TEST_F(CliSlurmClientTest, ReadsTheClustersFacts) {
  runner_.Answer("scontrol show config",
                 "ClusterName = proof\nSLURM_VERSION = 22.05.8\n");
  const auto info = client_.ReadClusterInfo();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->name, "proof");
}

// Asks for cluster "jura".
class NamedClusterTest : public CliSlurmClientTest {
 protected:
  NamedClusterTest() {
    options_.cluster = "jura";
    options_.may_be_local = true;
    runner_.Answer("scontrol show", "ClusterName = alps\n");
    runner_.Answer("scontrol -M jura show", "ClusterName = jura\n");
    // As a version may print it that heads it even with -h.
    runner_.Answer("squeue -M jura ",
                   "CLUSTER: jura\n" + ReadTestData("squeue.out"));
    runner_.Answer("sacct -M jura --helpformat",
                   ReadTestData("sacct_helpformat.out"));
    runner_.Answer("sacct -M jura --local", ReadTestData("sacct.out"));
    runner_.Answer("sinfo -M jura -h -a -N", "CLUSTER: jura\nn1 vm\n");
    runner_.Answer("sinfo -M jura -h -a -o", "CLUSTER: jura\nbatch\n");
  }
};

TEST_F(NamedClusterTest, EachCommandNamesIt) {
  CliSlurmClient client(&runner_, options_);
  const auto queue = client.ReadQueue(Everything);
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(queue->malformed_records, 0);
  EXPECT_EQ(queue->jobs.size(), client_.ReadQueue(Everything)->jobs.size());
  runner_.lines.clear();
  ASSERT_TRUE(client.ReadJobs({82}, Everything).ok());
  ASSERT_TRUE(
      client.ReadAccounting(absl::Now(), absl::InfiniteFuture(), Everything)
          .ok());
  EXPECT_THAT(*client.ListPartitions(), ElementsAre("batch"));
  for (const std::string& line : runner_.lines) {
    EXPECT_THAT(line, HasSubstr(" -M jura ")) << line;
  }
}

TEST_F(NamedClusterTest, IsLookedForInSlurmConfOnce) {
  CliSlurmClient client(&runner_, options_);
  ASSERT_EQ(client.ReadClusterInfo()->name, "jura");
  ASSERT_TRUE(client.ReadClusterInfo().ok());
  EXPECT_THAT(runner_.lines, ElementsAre("scontrol show config",
                                         "scontrol -M jura show config",
                                         "scontrol -M jura show config"));
}

TEST_F(NamedClusterTest, TheOneOfSlurmConfIsAskedWithoutTheDatabase) {
  runner_.Answer("scontrol show", "ClusterName = jura\n");
  CliSlurmClient client(&runner_, options_);
  ASSERT_EQ(client.ReadClusterInfo()->name, "jura");
  ASSERT_TRUE(client.ReadQueue(Everything).ok());
  ASSERT_TRUE(client.ReadClusterInfo().ok());
  for (const std::string& line : runner_.lines) {
    EXPECT_EQ(line.find("-M"), std::string::npos) << line;
  }
}

TEST_F(NamedClusterTest, AControllerThatIsAwayHereMayBeItsOwn) {
  runner_.Fail("scontrol show", "Unable to contact slurm controller\n");
  CliSlurmClient client(&runner_, options_);
  ASSERT_EQ(client.ReadClusterInfo()->name, "jura");
  ASSERT_TRUE(client.ReadQueue(Everything).ok());
  EXPECT_THAT(runner_.lines.back(), HasSubstr("-M jura"));
  runner_.Answer("scontrol show", "ClusterName = jura\n");
  ASSERT_TRUE(client.ReadClusterInfo().ok());
  ASSERT_TRUE(client.ReadQueue(Everything).ok());
  EXPECT_EQ(runner_.lines.back().find("-M jura"), std::string::npos);
}

TEST_F(NamedClusterTest, AnotherClustersAnswerIsAnError) {
  options_.may_be_local = false;
  runner_.Answer("scontrol -M jura show", "ClusterName = alps\n");
  CliSlurmClient client(&runner_, options_);
  const absl::Status status = client.ReadClusterInfo().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.message(), HasSubstr("answered by cluster alps"));
  EXPECT_EQ(runner_.lines.size(), 1u);
}

TEST_F(NamedClusterTest, OneThatTheDatabaseDoesNotHaveIsNotFound) {
  options_.may_be_local = false;
  runner_.Fail("scontrol -M jura show",
               "scontrol: error: No cluster 'jura' known by database.\n"
               "scontrol: error: 'jura' can't be reached now, or it is an "
               "invalid entry for --cluster.\n");
  CliSlurmClient client(&runner_, options_);
  EXPECT_EQ(client.ReadClusterInfo().status().code(),
            absl::StatusCode::kNotFound);
  runner_.Fail("scontrol -M jura show",
               "scontrol: error: 'jura' can't be reached now, or it is an "
               "invalid entry for --cluster.\n");
  EXPECT_EQ(client.ReadClusterInfo().status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(CliSlurmClientTest, AFailedCommandIsNotAnEmptyQueue) {
  runner_.Fail("squeue",
               "slurm_load_jobs error: Unable to contact slurm controller\n");
  EXPECT_EQ(client_.ReadQueue(Everything).status().code(),
            absl::StatusCode::kUnavailable);
  runner_.answers["squeue"] = absl::DeadlineExceededError("squeue: too late");
  const absl::Status timeout = client_.ReadQueue(Everything).status();
  EXPECT_EQ(timeout.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(timeout.message(), "squeue did not end within 1m");
}

TEST_F(CliSlurmClientTest, AnUnknownUserIsNotAnEmptyQueue) {
  CommandResult result;
  result.error_output = "squeue: error: Invalid user: nosuchuser\n";
  runner_.answers["squeue"] = result;
  EXPECT_EQ(client_.ReadQueue(Everything).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CliSlurmClientTest, CallsAndFailuresAreCountedByCommand) {
  ASSERT_TRUE(client_.ReadQueue(Everything).ok());
  runner_.Fail("squeue", "down\n");
  EXPECT_FALSE(client_.ReadQueue(Everything).ok());
  runner_.answers["squeue"] = absl::CancelledError("shutting down");
  EXPECT_EQ(client_.ReadQueue(Everything).status().code(),
            absl::StatusCode::kCancelled);
  const CommandCounts counts = client_.Counts();
  EXPECT_EQ(counts.by_command.at("squeue").calls, 3);
  EXPECT_EQ(counts.by_command.at("squeue").failures, 1);
  EXPECT_EQ(counts.by_command.at("sinfo").failures, 0);
  EXPECT_EQ(counts.by_command.count("sacct"), 0u);
}

}  // namespace
}  // namespace smon::slurm
