// smonctl doctor: the built program against a MonitorService on loopback.

#include <unistd.h>

#include <array>
#include <string>

#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class SmonctlDoctorTest : public ::testing::Test {
 protected:
  SmonctlDoctorTest() {
    monitor_.health.set_version("1.2.3");
    monitor_.diagnosis.set_host("far-away");
    monitor_.diagnosis.set_time_zone("CET (+0100)");
    Add("slurm", v1::Diagnosis::OK, "Slurm 22.05.8 answers", "");
  }

  void Add(const std::string& name, v1::Diagnosis::Level level,
           const std::string& text, const std::string& mend) {
    v1::Diagnosis::Finding* finding = monitor_.diagnosis.add_findings();
    finding->set_name(name);
    finding->set_level(level);
    finding->set_text(text);
    finding->set_mend(mend);
  }

  ProgramRun Run(std::vector<std::string> args = {"doctor"}) {
    return RunSmonctl(monitor_.address(), std::move(args));
  }

  FakeMonitor monitor_;
};

TEST_F(SmonctlDoctorTest, ShowsEachFindingAndIsASuccessWithWarnings) {
  Add("min_job_age", v1::Diagnosis::WARNING, "too short", "raise MinJobAge");
  const ProgramRun run = Run();
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(
      run.out,
      AllOf(ContainsRegex("OK       connection      smonsvc at 127.0.0.1:"),
            ContainsRegex("WARNING  client_version  smonctl .*, smonsvc 1.2.3"),
            HasSubstr("OK       slurm           Slurm 22.05.8 answers\n"),
            HasSubstr("WARNING  min_job_age     too short\n"
                      "                         -> raise MinJobAge\n")));
}

TEST_F(SmonctlDoctorTest, IsWrappedOnATerminalAndWholeInAPipe) {
  const std::string text = "one two three four five six seven eight nine";
  Add("min_job_age", v1::Diagnosis::WARNING, text, text);
  ProgramOptions terminal;
  terminal.terminal_columns = 55;
  EXPECT_THAT(
      RunSmonctl(monitor_.address(), {"doctor"}, terminal).out,
      HasSubstr("WARNING  min_job_age     one two three four five six\r\n"
                "                         seven eight nine\r\n"
                "                         -> one two three four five six\r\n"
                "                         seven eight nine\r\n"));
  EXPECT_THAT(Run().out, AllOf(HasSubstr("  " + text + "\n"),
                               HasSubstr("-> " + text + "\n")));
}

TEST_F(SmonctlDoctorTest, AFailureIsExitStatusOne) {
  Add("attrsvc", v1::Diagnosis::FAILURE, "connection refused", "start it");
  const ProgramRun run = Run();
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("FAILURE  attrsvc "),
                             HasSubstr(", 1 failure\n")));
}

TEST_F(SmonctlDoctorTest, AServerThatCannotBeReachedIsAFinding) {
  const ProgramRun run = RunSmonctl("127.0.0.1:1", {"doctor"});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("FAILURE  connection"),
                             HasSubstr("127.0.0.1:1"), HasSubstr("-> ")));
}

TEST_F(SmonctlDoctorTest, AServerThatDoesNotKnowTheCallIsAFinding) {
  monitor_.diagnosis_error = {grpc::StatusCode::UNIMPLEMENTED, "what?"};
  const ProgramRun run = Run();
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.out, ContainsRegex("FAILURE  diagnosis +.*what\\?"));
}

TEST_F(SmonctlDoctorTest, WhatIsSaidCannotCommandTheTerminal) {
  Add("logs", v1::Diagnosis::WARNING, "/a\x1b[31m\nFAILURE  x", "b\x1b[0m");
  const ProgramRun run = Run();
  EXPECT_THAT(run.out, AllOf(Not(HasSubstr("\x1b")),
                             HasSubstr("/a\\x1b[31m\\nFAILURE  x"),
                             HasSubstr("-> b\\x1b[0m")));
}

TEST_F(SmonctlDoctorTest, JsonHasTheFindingsOfBothSides) {
  const ProgramRun run = Run({"doctor", "-o", "json"});
  ASSERT_TRUE(nlohmann::json::accept(run.out)) << run.out;
  const nlohmann::json findings = nlohmann::json::parse(run.out)["findings"];
  ASSERT_GE(findings.size(), 4);
  EXPECT_EQ(findings[0]["name"], "connection");
  EXPECT_EQ(findings[0]["level"], "OK");
  EXPECT_EQ(findings.back()["name"], "slurm");
}

TEST_F(SmonctlDoctorTest, OnTheServersHostMungeAndLogsAreLookedAt) {
  EXPECT_THAT(Run().out, AllOf(Not(HasSubstr("log_access")),
                               HasSubstr("host only: far-away")));
  std::array<char, 256> name{};
  ASSERT_EQ(gethostname(name.data(), name.size() - 1), 0);
  monitor_.diagnosis.set_host(name.data());
  monitor_.jobs = {FailedJob("1"), FailedJob("2")};
  monitor_.jobs[0].set_stdout_path("/no/such/file");
  monitor_.jobs[1].set_stdout_path("/dev/null");
  EXPECT_THAT(Run().out,
              AllOf(ContainsRegex("munge  "), Not(HasSubstr("host only")),
                    HasSubstr("1 of the last 2 logs can be read by this user; "
                              "/no/such/file: No such file")));
}

}  // namespace
}  // namespace smon::client
