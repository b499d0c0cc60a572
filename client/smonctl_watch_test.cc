#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/testing/dumb_port.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SmonctlWatchTest, ShowsChangesAndGoesOnAtItsCursorAfterABreak) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("1"), FailedJob("2")}, {FailedJob("3")}};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "--state=failed", "-o", "name"});
  EXPECT_EQ(run.out, "1\n2\n3\n");
  EXPECT_EQ(run.exit_status, 4);  // what the server refuses in the end
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("the service stops"),
                    HasSubstr("trying again, to go on where it was"),
                    HasSubstr("connected again"), HasSubstr("withdrawn")));
  ASSERT_THAT(monitor.watch_requests(), SizeIs(3));
  EXPECT_THAT(monitor.watch_requests()[0].states(),
              ElementsAre(v1::Job::FAILED));
  EXPECT_EQ(monitor.watch_requests()[0].cursor(), "");
  EXPECT_EQ(monitor.watch_requests()[1].cursor(), "after-2");
  EXPECT_EQ(monitor.watch_requests()[2].cursor(), "after-3");
}

TEST(SmonctlWatchTest, DoesNotListWhatThereIs) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.watches = {{FailedJob("2")}};
  const ProgramRun run = RunSmonctl(monitor.address(), {"watch"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("JOBID"), HasSubstr("\n2 ")));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 2);
  EXPECT_THAT(monitor.list_requests(), IsEmpty());
}

TEST(SmonctlWatchTest, JobsWatchListsFirstWhatThereIs) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.watches = {{FailedJob("2")}};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"jobs", "--watch", "-o", "name"});
  EXPECT_EQ(run.out, "1\n2\n");
}

TEST(SmonctlWatchTest, WhatThereWasIsNotListedAgainAfterABreak) {
  FakeMonitor monitor;
  monitor.jobs = {FailedJob("1")};
  monitor.watches = {{FailedJob("2")}, {FailedJob("3")}};
  EXPECT_EQ(
      RunSmonctl(monitor.address(), {"jobs", "--watch", "-o", "name"}).out,
      "1\n2\n3\n");
  EXPECT_THAT(monitor.list_requests(), SizeIs(1));
}

TEST(SmonctlWatchTest, GoesOnAfterWhateverBreaksAStream) {
  for (const grpc::StatusCode code : {grpc::StatusCode::RESOURCE_EXHAUSTED,
                                      grpc::StatusCode::DEADLINE_EXCEEDED}) {
    FakeMonitor monitor;
    monitor.watches = {{FailedJob("1")}, {FailedJob("2")}};
    monitor.watch_break = {code, "too slow"};
    const ProgramRun run =
        RunSmonctl(monitor.address(), {"watch", "-o", "name"});
    EXPECT_EQ(run.out, "1\n2\n") << run.err;
  }
}

TEST(SmonctlWatchTest, HeadersAreAsWideAsTheFirstChange) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("123456789")}};
  ProgramOptions terminal;
  terminal.terminal_columns = 60;
  EXPECT_THAT(
      RunSmonctl(monitor.address(), {"watch"}, terminal).out,
      AllOf(HasSubstr("JOBID      NAME   "), HasSubstr("123456789  train  ")));
}

TEST(SmonctlWatchTest, HasNoHeadersWhereNoneAreWanted) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("2")}};
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "--no-headers"});
  EXPECT_EQ(run.out.find("2 "), 0u) << run.out;
}

TEST(SmonctlWatchTest, NoticesThatItsReaderIsGoneThoughNothingChanges) {
  FakeMonitor monitor;
  monitor.watches = {{}};
  ProgramOptions closed;
  closed.read_at_most = 0;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "-o", "json"}, closed);
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
}

TEST(SmonctlWatchTest, JsonOfAWatchIsAJobALine) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("1")}};
  const ProgramRun run = RunSmonctl(monitor.address(), {"watch", "-o", "json"});
  EXPECT_EQ(run.out.find("{\"jobId\":\"1\""), 0u) << run.out;
  EXPECT_EQ(run.out.back(), '\n');
}

// A table would ask for the clusters before.
TEST(SmonctlWatchTest, EndsWhenItWasNeverLetIn) {
  FakeMonitor monitor;
  monitor.error = {grpc::StatusCode::UNAVAILABLE, "no"};
  EXPECT_EQ(RunSmonctl(monitor.address(), {"watch", "-o", "jsonl"}).exit_status,
            5);
}

TEST(SmonctlWatchTest, EndsWhenItIsNotLetInWithinTheTimeout) {
  FakeMonitor monitor;
  monitor.hangs = true;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "--timeout=0.5", "-o", "jsonl"});
  EXPECT_EQ(run.exit_status, 6);
  EXPECT_THAT(run.err, HasSubstr("within 500ms: give a longer --timeout"));
  const DumbPort mute(/*listens=*/true);
  EXPECT_EQ(
      RunSmonctl(mute.address(), {"watch", "--timeout=0.2", "-o", "jsonl"})
          .exit_status,
      5);
}

TEST(SmonctlWatchTest, IsNotHeldToTheTimeoutOnceItWasLetIn) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("1")}};
  monitor.watch_pause = absl::Milliseconds(700);
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "--timeout=0.3", "-o", "name"});
  EXPECT_EQ(run.out, "1\n");
  EXPECT_EQ(run.exit_status, 4);
}

TEST(SmonctlWatchTest, EndsQuietlyWhenItsReaderIsGone) {
  FakeMonitor monitor;
  monitor.watches = {{FailedJob("1"), FailedJob("2")}};
  ProgramOptions closed;
  closed.read_at_most = 0;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"watch", "-o", "name"}, closed);
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.err, "");
}

TEST(SmonctlWatchTest, ALimitOrACountOfAWatchIsUsage) {
  FakeMonitor monitor;
  EXPECT_EQ(
      RunSmonctl(monitor.address(), {"jobs", "-w", "--count"}).exit_status, 2);
  EXPECT_EQ(
      RunSmonctl(monitor.address(), {"jobs", "-w", "--limit=5"}).exit_status,
      2);
}

}  // namespace
}  // namespace smon::client
