// smonctl's commands but "jobs", "resubmit", "notify", "config" and "doctor":
// the built program against a MonitorService on loopback.

#include <string>

#include "absl/strings/str_cat.h"
#include "client/testing/dumb_port.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SmonctlJobTest, ShowsEverythingAboutTheJob) {
  FakeMonitor monitor;
  v1::Job job = FailedJob("123_4");
  job.set_name("a\nb");
  v1::HistoryEntry* entry = job.add_history();
  entry->mutable_time()->set_seconds(1795359791);
  entry->set_text("submitted: attrsvc answered 200, mode SINGLE");
  monitor.jobs = {job};
  const ProgramRun run = RunSmonctl(monitor.address(), {"job", "123_4"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(
      run.out,
      AllOf(StartsWith("Job:        123_4\n"), HasSubstr("Name:       a\\nb\n"),
            HasSubstr("State:      FAILED (NonZeroExitCode)\n"),
            HasSubstr("Exit code:  1:0\n"),
            HasSubstr("Ended:      2026-11-22T15:03:11 ("),
            HasSubstr("Elapsed:    00:01:31\n"),
            HasSubstr("Log:        /home/alice/train.out (from squeue)\n"),
            HasSubstr("Verdict:    RESTART (log_analyzer, single)\n"),
            HasSubstr("Reason:     NCCL timeout\n"),
            HasSubstr("Attempts:   1 to submit, 3 for the verdict\n"),
            HasSubstr("History:\n  2026-11-22T15:03:11  submitted: ")));
  EXPECT_EQ(monitor.get_request().view(), v1::GetJobRequest::FULL);
}

TEST(SmonctlJobTest, JsonIsTheJob) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("7")};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"job", "7", "-o", "json"});
  ASSERT_TRUE(nlohmann::json::accept(run.out)) << run.out;
  EXPECT_EQ(nlohmann::json::parse(run.out)["jobId"], "7");
}

TEST(SmonctlJobTest, WhatIsOneMessageIsThereAsYamlToo) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("7")};
  monitor.health.set_status(v1::Health::OK);
  monitor.health.set_version("1.2.3");
  monitor.stats.mutable_jobs()->set_total(12);
  const auto yaml = [&monitor](std::vector<std::string> args) {
    args.insert(args.end(), {"-o", "yaml"});
    const ProgramRun run = RunSmonctl(monitor.address(), args);
    return YAML::Load(run.out);
  };
  EXPECT_EQ(yaml({"job", "7"})["jobId"].as<std::string>(), "7");
  EXPECT_EQ(yaml({"explain", "7"})["verdict"]["action"].as<std::string>(),
            "RESTART");
  EXPECT_EQ(yaml({"health"})["status"].as<std::string>(), "OK");
  EXPECT_EQ(yaml({"stats"})["jobs"]["total"].as<std::string>(), "12");
  EXPECT_EQ(yaml({"doctor"})["findings"][0]["name"].as<std::string>(),
            "connection");
  EXPECT_EQ(yaml({"version"})["server"].as<std::string>(), "1.2.3");
}

TEST(SmonctlExplainTest, IsWrappedOnATerminalAndWholeInAPipe) {
  FakeMonitor monitor;
  v1::Job job = FailedJob("7");
  job.mutable_verdict()->set_reason("one two three four five six seven eight");
  monitor.jobs = {job};
  ProgramOptions terminal;
  terminal.terminal_columns = 40;
  EXPECT_THAT(RunSmonctl(monitor.address(), {"explain", "7"}, terminal).out,
              HasSubstr("Reason:    one two three four five six\r\n"
                        "           seven eight\r\n"));
  EXPECT_THAT(RunSmonctl(monitor.address(), {"explain", "7"}).out,
              HasSubstr("Reason:    one two three four five six seven "
                        "eight\n"));
  EXPECT_EQ(monitor.get_request().view(), v1::GetJobRequest::FULL);
  EXPECT_EQ(RunSmonctl(monitor.address(), {"explain", "99"}).exit_status, 3);
}

TEST(SmonctlJobTest, AnUnknownJobIsNotFound) {
  FakeMonitor monitor;
  const ProgramRun run = RunSmonctl(monitor.address(), {"job", "99"});
  EXPECT_EQ(run.exit_status, 3);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, absl::StrCat("smonctl: smonsvc at ", monitor.address(),
                                  ": no job 99\n"));
}

TEST(SmonctlResultTest, ShowsTheVerdict) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("7")};
  const ProgramRun run = RunSmonctl(monitor.address(), {"result", "7"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.out,
            "Action:  RESTART\n"
            "Reason:  NCCL timeout\n"
            "Source:  log_analyzer\n"
            "Mode:    single\n"
            "Log:     /home/alice/train.out\n");
}

TEST(SmonctlResultTest, RawIsTheAnswerByteForByte) {
  FakeMonitor monitor;
  const std::string answer = "{ \"a\":1,\n\t\"b\": \"\xff\x1b[31m\" }";
  monitor.results["7"] = answer;
  EXPECT_EQ(RunSmonctl(monitor.address(), {"result", "7", "--raw"}).out,
            answer);
  EXPECT_EQ(RunSmonctl(monitor.address(), {"result", "7", "-o", "json"}).out,
            answer);
}

TEST(SmonctlResultTest, NotEvenARawAnswerCommandsTheTerminal) {
  FakeMonitor monitor;
  monitor.results["7"] = "{\"a\":\"\x1b[31m\"}";
  ProgramOptions terminal;
  terminal.terminal_columns = 80;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"result", "7", "--raw"}, terminal);
  EXPECT_EQ(run.out, "{\"a\":\"\\x1b[31m\"}\r\n");
}

TEST(SmonctlResultTest, NoVerdictIsNotFoundAndSaysWhy) {
  FakeMonitor monitor;
  v1::Job job = FailedJob("7");
  job.clear_verdict();
  job.mutable_delivery()->set_phase(v1::Delivery::PENDING);
  job.mutable_delivery()->set_error("attrsvc: connection refused");
  monitor.jobs = {job};
  const ProgramRun run = RunSmonctl(monitor.address(), {"result", "7"});
  EXPECT_EQ(run.exit_status, 3);
  EXPECT_EQ(run.err,
            "smonctl: no verdict on job 7: its log is still to be sent: "
            "attrsvc: connection refused\n");
  EXPECT_EQ(RunSmonctl(monitor.address(), {"result", "7", "--raw"}).exit_status,
            3);
}

TEST(SmonctlHealthTest, IsASuccessWhenAllIsWell) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::OK);
  monitor.health.set_version("1.2.3");
  v1::Health::Component* slurm = monitor.health.add_components();
  slurm->set_name("slurm");
  slurm->set_status(v1::Health::OK);
  const ProgramRun run = RunSmonctl(monitor.address(), {"health"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("Status:   OK\n"), HasSubstr("1.2.3"),
                             HasSubstr(monitor.address()),
                             ContainsRegex("\nslurm +OK +- +- +- +-\n")));
}

TEST(SmonctlHealthTest, IsAFailureWhenDegraded) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::DEGRADED);
  monitor.health.add_issues("attrsvc_unreachable");
  const ProgramRun run = RunSmonctl(monitor.address(), {"health"});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, AllOf(HasSubstr("Status:   DEGRADED\n"),
                             HasSubstr("Issues:   attrsvc_unreachable\n")));
  const ProgramRun json =
      RunSmonctl(monitor.address(), {"health", "-o", "json"});
  EXPECT_EQ(json.exit_status, 1);
  ASSERT_TRUE(nlohmann::json::accept(json.out)) << json.out;
  EXPECT_EQ(nlohmann::json::parse(json.out)["status"], "DEGRADED");
}

TEST(SmonctlStatsTest, ShowsTheCounters) {
  FakeMonitor monitor;
  monitor.stats.mutable_jobs()->set_total(12);
  v1::Stats::Command* squeue = monitor.stats.mutable_slurm()->add_commands();
  squeue->set_name("squeue");
  squeue->set_calls(8);
  squeue->set_failures(2);
  squeue->set_total_seconds(4);
  squeue->set_last_seconds(0.25);
  v1::Stats::MalformedRecord* record =
      monitor.stats.mutable_slurm()->add_malformed();
  record->set_command("sacct");
  record->set_text("7.batch\x1b[2J\nforged");
  record->set_error("is not a Slurm job id");
  record->set_times(3);
  v1::Stats::Coverage* coverage = monitor.stats.mutable_coverage();
  coverage->mutable_check_time()->set_seconds(1795381150);
  coverage->set_ended(100);
  coverage->set_missing(1);
  monitor.stats.mutable_retention()->set_removed_by_age(7);
  v1::Stats::StateCount* failed = monitor.stats.add_states();
  failed->set_state(v1::Job::FAILED);
  failed->set_jobs(5);
  v1::Stats::Lane* lane = monitor.stats.add_lanes();
  lane->set_name("submit");
  lane->set_max_rate(20);
  const ProgramRun run = RunSmonctl(monitor.address(), {"stats"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, AllOf(ContainsRegex("\nall +12 +0\n"),
                             ContainsRegex("\nFAILED +5\n"),
                             ContainsRegex("\nsqueue +8 +2 +25.0% +0.25 s"),
                             HasSubstr("1 of 100 ended jobs missing"),
                             HasSubstr("7 old jobs, 0 beyond"),
                             HasSubstr("sacct: 7.batch\\x1b[2J\\nforged: is "
                                       "not a Slurm job id (3 times)"),
                             ContainsRegex("\nsubmit +no limit +20 +0")));
  const ProgramRun json =
      RunSmonctl(monitor.address(), {"-o", "json", "stats"});
  ASSERT_TRUE(nlohmann::json::accept(json.out)) << json.out;
  EXPECT_EQ(nlohmann::json::parse(json.out)["jobs"]["total"], "12");
}

TEST(SmonctlAttrsvcStatsTest, ShowsTheAnswerAsItCame) {
  FakeMonitor monitor;
  monitor.attrsvc_stats = "{ \"a\":1,\n\t\"b\": \"\x1b[31m\" }";
  EXPECT_EQ(RunSmonctl(monitor.address(), {"attrsvc-stats"}).out,
            monitor.attrsvc_stats + "\n");
  ProgramOptions terminal;
  terminal.terminal_columns = 80;
  EXPECT_THAT(RunSmonctl(monitor.address(), {"attrsvc-stats"}, terminal).out,
              HasSubstr("\"\\x1b[31m\" }\r\n"));
}

TEST(SmonctlVersionTest, OfTheClientNeedsNoServer) {
  const ProgramRun run = RunSmonctl("not an address", {"version", "--client"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, ContainsRegex("^smonctl: +[0-9]+\\.[0-9]+\\.[0-9]+\n$"));
  EXPECT_THAT(RunSmonctl("", {"--version"}).out,
              ContainsRegex("^smonctl [0-9]+\\.[0-9]+\\.[0-9]+\n$"));
}

TEST(SmonctlVersionTest, TellsTheServersToo) {
  FakeMonitor monitor;
  monitor.health.set_version("1.2.3");
  const ProgramRun run = RunSmonctl(monitor.address(), {"version"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, ContainsRegex("^smonctl: .*\nsmonsvc: +1\\.2\\.3\n$"));
  const ProgramRun json =
      RunSmonctl(monitor.address(), {"version", "-o", "json"});
  ASSERT_TRUE(nlohmann::json::accept(json.out)) << json.out;
  EXPECT_EQ(nlohmann::json::parse(json.out)["server"], "1.2.3");
}

TEST(SmonctlVersionTest, OfTheClientIsShownAlsoWhenNobodyAnswers) {
  const DumbPort closed(/*listens=*/false);
  const ProgramRun run = RunSmonctl(closed.address(), {"version"});
  EXPECT_EQ(run.exit_status, 5);
  EXPECT_THAT(run.out, StartsWith("smonctl: "));
  EXPECT_THAT(run.err, HasSubstr("cannot reach smonsvc"));
}

}  // namespace
}  // namespace smon::client
