// smonctl's streams: data on stdout, all else on stderr, whatever these lead
// to. The built program against a MonitorService on loopback.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::vector<std::string>>& Commands() {
  static const auto& commands =
      *new std::vector<std::vector<std::string>>{{"jobs"},
                                                 {"job", "1"},
                                                 {"result", "1"},
                                                 {"explain", "1"},
                                                 {"health"},
                                                 {"stats"},
                                                 {"doctor"},
                                                 {"watch"},
                                                 {"--help"},
                                                 {"--version"},
                                                 {"jobs", "--help"},
                                                 {"help", "config"},
                                                 {"completion", "bash"},
                                                 {"version", "--client"},
                                                 {"config", "get-contexts"},
                                                 {"jobs", "--count"},
                                                 {"resubmit", "1"}};
  return commands;
}

class SmonctlStreamsTest : public ::testing::Test {
 protected:
  SmonctlStreamsTest() {
    monitor_.health.set_status(v1::Health::OK);
    monitor_.jobs = {FailedJob("1")};
    monitor_.watches = {{FailedJob("1")}};
  }
  FakeMonitor monitor_;
};

TEST_F(SmonctlStreamsTest, AFullDiskIsAFailureOfEachCommand) {
  ProgramOptions full;
  full.out_path = "/dev/full";
  for (const std::vector<std::string>& command : Commands()) {
    const ProgramRun run = RunSmonctl(monitor_.address(), command, full);
    const std::string shown = ::testing::PrintToString(command);
    EXPECT_EQ(run.exit_status, 1) << shown;
    EXPECT_EQ(run.err,
              "smonctl: cannot write the output: No space left on device\n")
        << shown;
  }
}

TEST_F(SmonctlStreamsTest, AClosedStdoutIsAFailureAndNoConnectionsDescriptor) {
  ProgramOptions closed;
  closed.out_is_closed = true;
  for (const std::vector<std::string>& command : Commands()) {
    const ProgramRun run = RunSmonctl(monitor_.address(), command, closed);
    const std::string shown = ::testing::PrintToString(command);
    EXPECT_EQ(run.exit_status, 1) << shown;
    EXPECT_EQ(run.err,
              "smonctl: cannot write the output: Bad file descriptor\n")
        << shown;
  }
}

TEST_F(SmonctlStreamsTest, AClosedStderrSpoilsNothing) {
  ProgramOptions closed;
  closed.err_is_closed = true;
  const ProgramRun run =
      RunSmonctl(monitor_.address(), {"resubmit", "99", "1"}, closed);
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_EQ(run.out, "job 1: its log is sent again\n");
}

TEST_F(SmonctlStreamsTest, AListInAPipeSaysOnATerminalHowFarItIs) {
  for (int id = 2; id <= 2500; ++id) {
    monitor_.jobs.push_back(FailedJob(std::to_string(id)));
  }
  // Longer than the half a second after which it is shown.
  monitor_.later_page_delay = absl::Milliseconds(600);
  ProgramOptions looked_on;
  looked_on.err_terminal_columns = 80;
  looked_on.environment = {"TERM=xterm"};
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"jobs", "-o", "name"},
        std::vector<std::string>{"jobs", "--count"}}) {
    const ProgramRun run = RunSmonctl(monitor_.address(), command, looked_on);
    EXPECT_EQ(run.exit_status, 0);
    EXPECT_THAT(run.err, HasSubstr("\r\x1b[K2000 jobs"));
    EXPECT_THAT(run.err, EndsWith("\r\x1b[K"));
    EXPECT_THAT(run.out, Not(HasSubstr("jobs")));
  }
  // What comes out on the terminal shows by itself how far it is.
  looked_on.terminal_columns = 80;
  EXPECT_EQ(RunSmonctl(monitor_.address(), {"jobs"}, looked_on).err, "");
}

TEST_F(SmonctlStreamsTest, AResubmissionSaysOnATerminalHowFarItIs) {
  monitor_.resubmit_delay = absl::Milliseconds(600);
  ProgramOptions looked_on;
  looked_on.err_terminal_columns = 80;
  looked_on.environment = {"TERM=xterm"};
  const ProgramRun run =
      RunSmonctl(monitor_.address(), {"resubmit", "1", "1"}, looked_on);
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.err, HasSubstr("\r\x1b[K1 of 2 jobs"));
  EXPECT_THAT(run.err, EndsWith("\r\x1b[K"));
}

}  // namespace
}  // namespace smon::client
