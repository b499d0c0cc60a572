// smonctl's manners: where it looks for smonsvc, errors and exit statuses,
// usage, colours, waiting. The built program against a MonitorService on
// loopback.

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/testing/dumb_port.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(SmonctlAddressTest, TheOptionGoesBeforeTheEnvironment) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::OK);
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"--address", monitor.address(), "health"},
           {"health", "--address=" + monitor.address()}}) {
    EXPECT_EQ(RunSmonctl("127.0.0.1:1", args).exit_status, 0);
  }
}

TEST(SmonctlAddressTest, MayBeAUnixSocket) {
  // A socket's path is at most 107 bytes long: not in TEST_TMPDIR.
  char folder[] = "/tmp/smonctl_test.XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string address = absl::StrCat("unix:", folder, "/socket");
  {
    FakeMonitor monitor(address);
    monitor.health.set_status(v1::Health::OK);
    EXPECT_EQ(RunSmonctl(address, {"health"}).exit_status, 0);
  }
  // gRPC has removed the socket.
  EXPECT_EQ(RunSmonctl(address, {"health"}).exit_status, 5);
  EXPECT_EQ(rmdir(folder), 0);
}

TEST(SmonctlAddressTest, AProxyForTheWebIsNotAsked) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::OK);
  ProgramOptions proxy;
  proxy.environment = {"http_proxy=http://127.0.0.1:1"};
  EXPECT_EQ(RunSmonctl(monitor.address(), {"health"}, proxy).exit_status, 0);
}

TEST(SmonctlErrorTest, NobodyThereIsUnreachableAndNamesTheMend) {
  const DumbPort closed(/*listens=*/false);
  const ProgramRun run = RunSmonctl(closed.address(), {"jobs", "-o", "json"});
  EXPECT_EQ(run.exit_status, 5);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err,
            absl::StrCat("smonctl: cannot reach smonsvc at ", closed.address(),
                         " (Connection refused): is smonsvc running there? "
                         "give --address or set SMONCTL_ADDRESS\n"));
}

TEST(SmonctlErrorTest, APeerThatNeverSpeaksIsUnreachable) {
  const DumbPort mute(/*listens=*/true);
  const ProgramRun run =
      RunSmonctl(mute.address(), {"health", "--timeout=0.2"});
  EXPECT_EQ(run.exit_status, 5);
  EXPECT_THAT(run.err, HasSubstr("no connection within 200ms"));
}

TEST(SmonctlErrorTest, AServerThatDoesNotAnswerIsADeadline) {
  FakeMonitor monitor;
  monitor.hangs = true;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"--timeout", "0.5", "health"});
  EXPECT_EQ(run.exit_status, 6);
  EXPECT_THAT(run.err,
              AllOf(HasSubstr(monitor.address()), HasSubstr("within 500ms")));
}

TEST(SmonctlErrorTest, EachStatusOfTheServerHasItsExitStatus) {
  const std::vector<std::pair<grpc::StatusCode, int>> expected = {
      {grpc::StatusCode::INTERNAL, 1},
      {grpc::StatusCode::UNIMPLEMENTED, 1},
      {grpc::StatusCode::INVALID_ARGUMENT, 2},
      {grpc::StatusCode::NOT_FOUND, 3},
      {grpc::StatusCode::PERMISSION_DENIED, 4},
      {grpc::StatusCode::UNAUTHENTICATED, 4},
      {grpc::StatusCode::UNAVAILABLE, 5},
  };
  FakeMonitor monitor;
  for (const auto& [code, exit_status] : expected) {
    monitor.error = {code, "no \x1b[31m luck\nhere"};
    const ProgramRun run = RunSmonctl(monitor.address(), {"stats"});
    EXPECT_EQ(run.exit_status, exit_status) << code;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, absl::StrCat("smonctl: smonsvc at ", monitor.address(),
                                    ": no \\x1b[31m luck\\nhere\n"));
  }
}

TEST(SmonctlUsageTest, AnUnknownCommandIsNamedWithTheNearest) {
  const ProgramRun run = RunSmonctl("", {"jbos"});
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err,
            "smonctl: unknown command 'jbos': did you mean jobs? "
            "(see 'smonctl --help')\n");
}

TEST(SmonctlUsageTest, WrongUseIsStatusTwoOnStderr) {
  for (const auto& args : std::vector<std::vector<std::string>>{
           {},
           {"job"},
           {"jobs", "extra"},
           {"jobs", "--stat=failed"},
           {"jobs", "--limit=0"},
           {"jobs", "--limit=many"},
           {"jobs", "--since=tomorrow"},
           {"jobs", "--phase=late"},
           {"jobs", "--action=panic"},
           {"-o", "xml", "jobs"},
           {"--timeout=0", "health"},
           {"--timeout=nan", "health"},
           {"--wait=soon", "health"},
           {"--color=sometimes", "health"},
           {"config"},
           {"config", "use-contxt", "prod"},
           {"config", "use-context"},
           {"notify"},
           {"--address=http://127.0.0.1:1", "health"},
           {"jobs", "-o", "csv", "--user="},
           {"jobs", "--user", "", "--state=failed"},
           {"jobs", "--state"},
           {"jobs", "-o"},
           {"jobs", "-o", "cvs"},
           {"jobs", "-o", "custom-columns="},
           {"jobs", "-o", "custom-columns=jobId,,name"},
           {"job", "1", "-o", "csv"},
           {"health", "-o", "name"},
           {"result", "1", "-o", "yaml"},
           {"--", "jobs"},
           {"jobs", "--", "--state=failed"}}) {
    const ProgramRun run = RunSmonctl("", args);
    const std::string shown = ::testing::PrintToString(args);
    EXPECT_EQ(run.exit_status, 2) << shown;
    EXPECT_EQ(run.out, "") << shown;
    EXPECT_THAT(run.err, ContainsRegex("^smonctl: [^\n]+\n$")) << shown;
  }
}

TEST(SmonctlUsageTest, SaysWhatIsMissingInFewWords) {
  EXPECT_EQ(RunSmonctl("", {"jobs", "--state"}).err,
            "smonctl: --state needs a value (see 'smonctl jobs --help')\n");
  EXPECT_EQ(RunSmonctl("", {"jobs", "-o"}).err,
            "smonctl: --output needs a value (see 'smonctl jobs --help')\n");
}

// A script's variable that is not set must not make the next option a value,
// nor a filter match everything.
TEST(SmonctlUsageTest, AnEmptyValueIsNeverTakenForNoFilter) {
  EXPECT_EQ(
      RunSmonctl("", {"resubmit", "--user=", "--state=failed", "--yes"}).err,
      "smonctl: --user has no value (see 'smonctl --help')\n");
  for (const char* option : {"--user", "-u"}) {
    EXPECT_EQ(RunSmonctl("", {"resubmit", option, "", "--yes"}).err,
              "smonctl: --user has no value (see 'smonctl resubmit --help')\n");
  }
  EXPECT_EQ(RunSmonctl("", {"--address", "", "health"}).err,
            "smonctl: --address has no value (see 'smonctl health --help')\n");
}

TEST(SmonctlUsageTest, AFormatThatACommandDoesNotHaveIsNamedWithThoseItHas) {
  EXPECT_THAT(RunSmonctl("", {"job", "1", "-o", "csv"}).err,
              HasSubstr("no output format 'csv' here (known: table, json, "
                        "yaml)"));
  EXPECT_THAT(RunSmonctl("", {"jobs", "-o", "cvs"}).err,
              HasSubstr("'cvs': did you mean csv?"));
}

TEST(SmonctlUsageTest, EveryCommandHasHelpWithExamplesOnStdout) {
  for (const char* command :
       {"jobs", "job", "result", "explain", "watch", "top", "dead-letters",
        "resubmit", "notify", "stats", "attrsvc-stats", "health", "doctor",
        "config", "completion", "version"}) {
    const ProgramRun run = RunSmonctl("", {command, "--help"});
    EXPECT_EQ(run.exit_status, 0) << command;
    EXPECT_EQ(run.err, "");
    EXPECT_THAT(
        run.out,
        AllOf(HasSubstr(absl::StrCat("Usage: smonctl ", command)),
              HasSubstr(absl::StrCat("\nExamples:\n  smonctl ", command)),
              HasSubstr("--address")));
  }
}

TEST(SmonctlUsageTest, HelpDocumentsTheExitStatuses) {
  const ProgramRun run = RunSmonctl("", {"--help"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("Exit status:\n  0  done\n"),
                             HasSubstr("SMONCTL_ADDRESS")));
  for (const char* status : {"1", "2", "3", "4", "5", "6"}) {
    EXPECT_THAT(run.out, HasSubstr(absl::StrCat("\n  ", status, "  ")));
  }
  EXPECT_EQ(RunSmonctl("", {"help", "jobs"}).out,
            RunSmonctl("", {"jobs", "--help"}).out);
}

TEST(SmonctlColorTest, IsWhatTheOptionSays) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::OK);
  v1::Health::Component* slurm = monitor.health.add_components();
  slurm->set_name("slurm");
  slurm->set_status(v1::Health::OK);
  ProgramOptions terminal;
  terminal.terminal_columns = 80;
  terminal.environment = {"TERM=xterm"};
  ProgramOptions no_color = terminal;
  no_color.environment.push_back("NO_COLOR=1");
  const auto colored = [&monitor](const char* option,
                                  const ProgramOptions& options) {
    const ProgramRun run =
        RunSmonctl(monitor.address(), {"health", option}, options);
    EXPECT_EQ(run.exit_status, 0) << run.err;
    return run.out.find("\x1b[32mOK") != std::string::npos;
  };
  EXPECT_FALSE(colored("--color=auto", {}));
  EXPECT_TRUE(colored("--color=always", {}));
  EXPECT_TRUE(colored("--color=auto", terminal));
  EXPECT_FALSE(colored("--color=never", terminal));
  EXPECT_FALSE(colored("--color=auto", no_color));
  EXPECT_TRUE(colored("--color=always", no_color));
}

TEST(SmonctlWaitTest, WaitsForAServerThatIsYetToCome) {
  std::string address;
  {
    const DumbPort free(/*listens=*/false);
    address = free.address();
  }
  std::unique_ptr<FakeMonitor> monitor;
  std::thread later([&] {
    // Long enough for smonctl to find nobody, again and again.
    absl::SleepFor(absl::Milliseconds(600));
    monitor = std::make_unique<FakeMonitor>(address);
    monitor->health.set_status(v1::Health::OK);
  });
  const ProgramRun run = RunSmonctl(address, {"health", "--wait=30s"});
  later.join();
  EXPECT_EQ(run.exit_status, 0) << run.err;
}

TEST(SmonctlWaitTest, EndsWhenNobodyCame) {
  const DumbPort closed(/*listens=*/false);
  const absl::Time start = absl::Now();
  const ProgramRun run =
      RunSmonctl(closed.address(), {"health", "--wait=700ms"});
  EXPECT_EQ(run.exit_status, 5);
  EXPECT_THAT(run.err, HasSubstr("Connection refused"));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(700));
}

}  // namespace
}  // namespace smon::client
