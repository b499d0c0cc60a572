// "smonctl jobs", the built program, against a MonitorService on loopback.

#include <string>
#include <vector>

#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<v1::Job> ManyJobs(int count) {
  std::vector<v1::Job> jobs;
  for (int i = 0; i < count; ++i) {
    jobs.push_back(FailedJob(std::to_string(i + 1)));
  }
  return jobs;
}

// Parses all of it, or fails the test.
nlohmann::json ParseJson(const std::string& text) {
  const nlohmann::json json =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  EXPECT_FALSE(json.is_discarded()) << text;
  return json;
}

TEST(SmonctlJobsTest, ShowsFailedJobsWithTheirVerdicts) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("123_4")};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--state=failed"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out,
            "JOBID  NAME   USER   PARTITION  STATE   EXIT  ENDED"
            "                PHASE      ACTION   REASON\n"
            "123_4  train  alice  gpu        FAILED  1:0   2026-11-22T15:03:11"
            "  COMPLETED  RESTART  NCCL timeout\n");
  ASSERT_THAT(monitor.list_requests(), SizeIs(1));
  EXPECT_THAT(monitor.list_requests()[0].states(),
              ElementsAre(v1::Job::FAILED));
}

TEST(SmonctlJobsTest, ShowsTheHeaderWhenNothingMatches) {
  FakeMonitor monitor;
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("JOBID"), HasSubstr("REASON\n")));
}

TEST(SmonctlJobsTest, SendsEveryFilterToTheServer) {
  FakeMonitor monitor;
  const ProgramRun run = RunSmonctl(
      monitor.address(),
      {"jobs", "--state=F,oom", "--state", "Timeout", "--user", "alice", "-p",
       "gpu", "--name", "[ab]", "--phase=pending,no_log", "--problem=not-found",
       "--action=stop", "--since=2026-11-22T15:00:00Z", "--until",
       "2026-11-22T16:00", "--limit=7"});
  ASSERT_EQ(run.exit_status, 0) << run.err;
  ASSERT_THAT(monitor.list_requests(), SizeIs(1));
  const v1::ListJobsRequest request = monitor.list_requests()[0];
  EXPECT_THAT(request.states(), ElementsAre(v1::Job::FAILED, v1::Job::TIMEOUT,
                                            v1::Job::OUT_OF_MEMORY));
  EXPECT_EQ(request.user(), "alice");
  EXPECT_EQ(request.partition(), "gpu");
  EXPECT_EQ(request.name(), "[ab]");
  EXPECT_THAT(request.phases(),
              ElementsAre(v1::Delivery::PENDING, v1::Delivery::NO_LOG));
  EXPECT_THAT(request.problems(), ElementsAre(v1::Delivery::NOT_FOUND));
  EXPECT_THAT(request.actions(), ElementsAre(v1::Verdict::STOP));
  EXPECT_EQ(request.ended_after().seconds(), 1795359600);
  EXPECT_EQ(request.ended_before().seconds(), 1795363200);
  EXPECT_EQ(request.page_size(), 7);
}

TEST(SmonctlJobsTest, ReadsATimeThatBeginsWithADash) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--since", "-6h"});
  EXPECT_EQ(run.exit_status, 0) << run.err;
  ASSERT_THAT(monitor.list_requests(), SizeIs(1));
  EXPECT_TRUE(monitor.list_requests()[0].has_ended_after());
}

TEST(SmonctlJobsTest, ListsAllPages) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(2345);
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs", "-o", "json"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  const nlohmann::json json = ParseJson(run.out);
  ASSERT_THAT(json["jobs"], SizeIs(2345));
  EXPECT_EQ(json["jobs"][0]["jobId"], "1");
  EXPECT_EQ(json["jobs"][2344]["jobId"], "2345");
  EXPECT_THAT(monitor.list_requests(), SizeIs(3));
}

TEST(SmonctlJobsTest, StopsAtTheLimitAlsoAmidPages) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(1234);
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--limit=1001", "-o", "json"});
  EXPECT_THAT(ParseJson(run.out)["jobs"], SizeIs(1001));
  ASSERT_THAT(monitor.list_requests(), SizeIs(2));
  EXPECT_EQ(monitor.list_requests()[1].page_size(), 1);
}

TEST(SmonctlJobsTest, JsonIsTheProtosOwnMapping) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("123_4")};
  const ProgramRun run = RunSmonctl(monitor.address(), {"-o", "json", "jobs"});
  const nlohmann::json job = ParseJson(run.out)["jobs"][0];
  EXPECT_EQ(job["state"], "FAILED");
  EXPECT_EQ(job["exitCode"], 1);
  EXPECT_EQ(job["rawJobId"], "0");
  EXPECT_EQ(job["endTime"], "2026-11-22T15:03:11Z");
  EXPECT_EQ(job["verdict"]["action"], "RESTART");
}

TEST(SmonctlJobsTest, JsonOfNoJobsIsAnEmptyList) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--output=json"});
  EXPECT_EQ(run.out, "{\"jobs\":[]}\n");
}

TEST(SmonctlJobsTest, APartIsNeverTakenForTheWhole) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(1600);
  monitor.later_page_error = {grpc::StatusCode::INTERNAL, "the store is full"};
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs", "-o", "json"});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.err, HasSubstr("the store is full"));
  EXPECT_THAT(run.out, HasSubstr("\"jobId\":\"1000\""));
  EXPECT_FALSE(nlohmann::json::accept(run.out));
}

TEST(SmonctlJobsTest, GivesUpOnAServerThatRepeatsItself) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(3);
  monitor.repeats_pages = true;
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs"});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.err, HasSubstr("the same page again"));
}

TEST(SmonctlJobsTest, StopsQuietlyWhenItsReaderIsGone) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(20000);
  ProgramOptions like_head;
  like_head.read_at_most = 100;
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs"}, like_head);
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, SizeIs(100));
  // It did not go on asking for what nobody reads.
  EXPECT_LT(monitor.list_requests().size(), 40u);
}

TEST(SmonctlJobsTest, StopsQuietlyWhenNobodyEverReads) {
  FakeMonitor monitor;
  ProgramOptions closed;
  closed.read_at_most = 0;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "-o", "json"}, closed);
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
}

TEST(SmonctlJobsTest, NoNameReachesTheOutputRaw) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.jobs[0].set_name("\x1b]0;owned\x07\n2  forged");
  monitor.jobs[0].mutable_verdict()->set_reason("line one\nline two");
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs"});
  EXPECT_THAT(run.out, HasSubstr(R"(\x1b]0;owned\x07\n2  forged)"));
  EXPECT_THAT(run.out, HasSubstr(R"(line one\nline two)"));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 2);
}

TEST(SmonctlJobsTest, FitsATerminalsWidth) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.jobs[0].set_name("a-name-that-is-longer-than-anybody-wants-to-read");
  monitor.jobs[0].mutable_verdict()->set_reason(std::string(300, 'r'));
  ProgramOptions terminal;
  terminal.terminal_columns = 120;
  const ProgramRun run = RunSmonctl(monitor.address(), {"jobs"}, terminal);
  EXPECT_THAT(run.out, AllOf(HasSubstr("a-name-that-"), HasSubstr("…")));
  // Lines end in "\r\n" there; "…" is three bytes and one column.
  const size_t row = run.out.find("\r\n") + 2;
  EXPECT_EQ(run.out.find("\r\n", row) - row, 120u + 2 * 2);
}

TEST(SmonctlJobsTest, FitsANarrowTerminalWithWhatSaysMost) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("123_4")};
  ProgramOptions terminal;
  terminal.terminal_columns = 30;
  EXPECT_EQ(RunSmonctl(monitor.address(), {"jobs"}, terminal).out,
            "JOBID  NAME   STATE   ACTION\r\n"
            "123_4  train  FAILED  RESTART\r\n");
  terminal.terminal_columns = 10;
  EXPECT_EQ(RunSmonctl(monitor.address(), {"jobs"}, terminal).out,
            "JOBID  ST…\r\n"
            "123_4  FA…\r\n");
}

TEST(SmonctlJobsTest, ColoursATerminalUnlessNoColorIsSet) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  ProgramOptions terminal;
  terminal.terminal_columns = 200;
  terminal.environment = {"TERM=xterm"};
  EXPECT_THAT(RunSmonctl(monitor.address(), {"jobs"}, terminal).out,
              HasSubstr("\033[31mFAILED\033[0m"));
  terminal.environment.push_back("NO_COLOR=1");
  EXPECT_THAT(RunSmonctl(monitor.address(), {"jobs"}, terminal).out,
              Not(HasSubstr("\033")));
}

TEST(SmonctlJobsTest, SortsAsAsked) {
  for (const auto& [sort, order] :
       std::vector<std::pair<std::string, std::string>>{
           {"-ended", "end_time desc"},
           {"ended", "end_time"},
           {"-submitted", "submit_time desc"},
           {"submit_time", "submit_time"}}) {
    FakeMonitor monitor;
    RunSmonctl(monitor.address(), {"jobs", "--sort=" + sort});
    ASSERT_THAT(monitor.list_requests(), SizeIs(1));
    EXPECT_EQ(monitor.list_requests()[0].order_by(), order);
  }
  FakeMonitor monitor;
  EXPECT_EQ(RunSmonctl(monitor.address(), {"jobs", "--sort=name"}).exit_status,
            2);
}

TEST(SmonctlJobsTest, CountsAllPagesAndFetchesNothingButIds) {
  FakeMonitor monitor;
  monitor.jobs = ManyJobs(2345);
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--state=failed", "--count"});
  EXPECT_EQ(run.out, "2345\n");
  ASSERT_THAT(monitor.list_requests(), SizeIs(3));
  EXPECT_THAT(monitor.list_requests()[0].read_mask().paths(),
              ElementsAre("job_id"));
}

TEST(SmonctlJobsTest, DeadLettersAreWhatGetsNoVerdictByItself) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.jobs[0].clear_verdict();
  monitor.jobs[0].mutable_delivery()->set_phase(v1::Delivery::REJECTED);
  monitor.jobs[0].mutable_delivery()->set_problem(v1::Delivery::NOT_FOUND);
  monitor.jobs[0].mutable_delivery()->set_error("attrsvc answered 404");
  const ProgramRun run = RunSmonctl(monitor.address(), {"dead-letters"});
  EXPECT_EQ(run.exit_status, 0) << run.err;
  EXPECT_EQ(run.out,
            "JOBID  NAME   USER   ENDED                PHASE     PROBLEM    LOG"
            "                    REASON\n"
            "1      train  alice  2026-11-22T15:03:11  REJECTED  NOT_FOUND  "
            "/home/alice/train.out  attrsvc answered 404\n");
  ASSERT_THAT(monitor.list_requests(), SizeIs(1));
  EXPECT_THAT(monitor.list_requests()[0].phases(),
              ElementsAre(v1::Delivery::EXPIRED, v1::Delivery::REJECTED,
                          v1::Delivery::NO_LOG));
  EXPECT_EQ(monitor.list_requests()[0].order_by(), "end_time desc");
}

TEST(SmonctlJobsTest, AnUnknownStateIsUsage) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--state=faild"});
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("'faild'"), HasSubstr("did you mean FAILED?"),
                    HasSubstr("OUT_OF_MEMORY (OOM)")));
  EXPECT_THAT(monitor.list_requests(), IsEmpty());
}

}  // namespace
}  // namespace smon::client
