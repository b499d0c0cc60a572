// "smonctl resubmit", the built program, against a MonitorService on loopback.

#include <algorithm>
#include <string>
#include <vector>

#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SmonctlResubmitTest, GoesOnAfterAJobThatIsRefused) {
  FakeMonitor monitor;
  v1::Job running = FailedJob("3");
  running.set_state(v1::Job::RUNNING);
  v1::Job without_log = FailedJob("2");
  without_log.clear_stdout_path();
  monitor.jobs = {FailedJob("1"), without_log, running};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"resubmit", "1", "2", "99", "3"});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_EQ(run.out,
            "job 1: its log is sent again\n"
            "job 3: it has not ended; its log is sent when it has\n");
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("smonctl: job 2: "), HasSubstr("no log to send"),
                    HasSubstr("smonctl: job 99: ")));
}

TEST(SmonctlResubmitTest, ASingleJobsRefusalHasItsOwnStatus) {
  FakeMonitor monitor;
  EXPECT_EQ(RunSmonctl(monitor.address(), {"resubmit", "99"}).exit_status, 3);
}

TEST(SmonctlResubmitTest, JsonIsOneDocument) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1"), FailedJob("2")};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"resubmit", "1", "2", "-o", "json"});
  ASSERT_TRUE(nlohmann::json::accept(run.out)) << run.out;
  const nlohmann::json results = nlohmann::json::parse(run.out)["results"];
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1]["outcome"], "RESUBMITTED");
  EXPECT_EQ(results[1]["job"]["jobId"], "2");
  EXPECT_EQ(RunSmonctl(monitor.address(), {"resubmit", "99", "-o", "json"}).out,
            "{\"results\":[]}\n");
}

TEST(SmonctlResubmitTest, AFilterIsSentToTheServerAndSaysWhatWasDone) {
  FakeMonitor monitor;
  monitor.resubmission.set_resubmitted(2);
  monitor.resubmission.add_job_ids("1");
  monitor.resubmission.add_job_ids("2_3");
  monitor.resubmission.set_already_pending(4);
  monitor.resubmission.set_shared_log(5);
  monitor.resubmission.set_skipped_not_ended(6);
  monitor.resubmission.set_skipped_no_log(7);
  const ProgramRun run = RunSmonctl(
      monitor.address(),
      {"resubmit", "--phase=rejected", "--problem=not_found", "--user=alice",
       "--max-jobs=5000", "--request-id=a-uuid", "--yes"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out,
            "job 1: its log is sent again\n"
            "job 2_3: its log is sent again\n"
            "2 jobs resubmitted, 4 pending already, 5 sharing a log with "
            "another, 6 not ended, 7 without a log\n");
  ASSERT_THAT(monitor.resubmit_requests(), SizeIs(1));
  const v1::ResubmitJobsRequest request = monitor.resubmit_requests()[0];
  EXPECT_THAT(request.phases(), ElementsAre(v1::Delivery::REJECTED));
  EXPECT_THAT(request.problems(), ElementsAre(v1::Delivery::NOT_FOUND));
  EXPECT_EQ(request.user(), "alice");
  EXPECT_EQ(request.max_jobs(), 5000);
  EXPECT_EQ(request.request_id(), "a-uuid");
  EXPECT_FALSE(request.dry_run());
}

TEST(SmonctlResubmitTest, ADryRunOnlySaysWhatItWouldDo) {
  FakeMonitor monitor;
  monitor.resubmission.set_resubmitted(1001);
  monitor.resubmission.add_job_ids("1");
  const ProgramRun run = RunSmonctl(
      monitor.address(), {"resubmit", "--state=failed", "--dry-run"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.out,
            "job 1: its log would be sent again\n"
            "and 1000 more\n"
            "1001 jobs would be resubmitted\n");
  ASSERT_THAT(monitor.resubmit_requests(), SizeIs(1));
  EXPECT_TRUE(monitor.resubmit_requests()[0].dry_run());
}

TEST(SmonctlResubmitTest, NothingIsDoneByAFilterWithoutAConfirmation) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"resubmit", "--state=failed"});
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_THAT(run.err, HasSubstr("--yes"));
  EXPECT_THAT(monitor.resubmit_requests(), IsEmpty());
}

TEST(SmonctlResubmitTest, TheReportAsJsonIsTheProtosOwnMapping) {
  FakeMonitor monitor;
  monitor.resubmission.set_resubmitted(1);
  monitor.resubmission.add_job_ids("1");
  const ProgramRun run = RunSmonctl(
      monitor.address(), {"resubmit", "--state=failed", "-y", "-o", "json"});
  ASSERT_TRUE(nlohmann::json::accept(run.out)) << run.out;
  EXPECT_EQ(nlohmann::json::parse(run.out)["jobIds"][0], "1");
}

TEST(SmonctlResubmitTest, NeitherIdsNorAFilterOrBothIsUsage) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"resubmit"},
        std::vector<std::string>{"resubmit", "--yes"},
        std::vector<std::string>{"resubmit", "1", "--state=failed"},
        std::vector<std::string>{"resubmit", "1", "--max-jobs=5"}}) {
    const ProgramRun run = RunSmonctl(monitor.address(), arguments);
    EXPECT_EQ(run.exit_status, 2) << run.err;
    EXPECT_EQ(run.out, "");
  }
  EXPECT_THAT(monitor.resubmit_requests(), IsEmpty());
}

TEST(SmonctlResubmitTest, ADryRunOfIdsOnlyLooksAtThem) {
  FakeMonitor monitor;
  v1::Job waiting = FailedJob("2");
  waiting.mutable_delivery()->set_phase(v1::Delivery::WAITING);
  v1::Job without_log = FailedJob("3");
  without_log.clear_stdout_path();
  monitor.jobs = {FailedJob("1"), waiting, without_log};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"resubmit", "1", "2", "3", "--dry-run"});
  EXPECT_EQ(run.exit_status, 0) << run.err;
  EXPECT_EQ(run.out,
            "job 1: its log would be sent again\n"
            "job 2: it has not ended; its log is sent when it has\n"
            "job 3: it has no log to send\n");
  EXPECT_EQ(monitor.resubmitted(), 0);
}

TEST(SmonctlResubmitTest, TakesTheNamesOfAListByXargs) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1"), FailedJob("2_3"), FailedJob("4+1")};
  ProgramOptions options;
  options.environment = {"SMONCTL_ADDRESS=" + monitor.address()};
  const ProgramRun run =
      RunProgram({"/bin/sh", "-c",
                  "client/smonctl jobs --state=failed -o name |"
                  " /usr/bin/xargs client/smonctl resubmit --dry-run"},
                 options);
  EXPECT_EQ(run.exit_status, 0) << run.err;
  EXPECT_EQ(run.out,
            "job 1: its log would be sent again\n"
            "job 2_3: its log would be sent again\n"
            "job 4+1: its log would be sent again\n");
  EXPECT_EQ(monitor.resubmitted(), 0);
  ASSERT_THAT(monitor.list_requests(), SizeIs(1));
  EXPECT_THAT(monitor.list_requests()[0].states(),
              ElementsAre(v1::Job::FAILED));
}

TEST(SmonctlResubmitTest, YamlIsOneDocument) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1"), FailedJob("2")};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"resubmit", "1", "2", "-o", "yaml"});
  const YAML::Node results = YAML::Load(run.out)["results"];
  ASSERT_EQ(results.size(), 2u) << run.out;
  EXPECT_EQ(results[0]["outcome"].as<std::string>(), "RESUBMITTED");
  EXPECT_EQ(results[1]["job"]["jobId"].as<std::string>(), "2");
  EXPECT_EQ(RunSmonctl(monitor.address(), {"resubmit", "99", "-o", "yaml"}).out,
            "results: []\n");
}

TEST(SmonctlResubmitTest, AServerThatHangsIsNotAskedAboutEachJob) {
  FakeMonitor monitor;
  monitor.hangs = true;
  const ProgramRun run = RunSmonctl(
      monitor.address(), {"resubmit", "1", "2", "3", "--timeout=0.5"});
  EXPECT_EQ(run.exit_status, 6);
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
}

TEST(SmonctlResubmitTest, ManyIdsOfAProgramAreNotAskedAbout) {
  FakeMonitor monitor;
  std::vector<std::string> arguments = {"resubmit"};
  for (int id = 1; id <= 20; ++id) {
    monitor.jobs.push_back(FailedJob(std::to_string(id)));
    arguments.push_back(std::to_string(id));
  }
  EXPECT_EQ(RunSmonctl(monitor.address(), arguments).exit_status, 0);
  EXPECT_EQ(monitor.resubmitted(), 20);
}

}  // namespace
}  // namespace smon::client
