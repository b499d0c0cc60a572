// smonctl notify: the built program against a MonitorService on loopback.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kNowhere[] = "127.0.0.1:1";

// True when it comes to hold within ten seconds.
template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time end = absl::Now() + absl::Seconds(10);
  while (!condition() && absl::Now() < end) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  return condition();
}

TEST(SmonctlNotifyTest, TellsTheServerOfEachJob) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"notify", "123_4", "5"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(absl::StrCat(run.out, run.err), "");
  EXPECT_THAT(monitor.notified(), ElementsAre("123_4", "5"));
}

TEST(SmonctlNotifyTest, ErrorsHaveTheirExitStatus) {
  EXPECT_EQ(RunSmonctl(kNowhere, {"notify", "5"}).exit_status, 5);
  FakeMonitor monitor;
  monitor.error = {grpc::StatusCode::INVALID_ARGUMENT, "no job's id"};
  const ProgramRun run = RunSmonctl(monitor.address(), {"notify", "x"});
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_THAT(run.err, HasSubstr("no job's id"));
}

TEST(SmonctlNotifyTest, InTheBackgroundItArrivesToo) {
  FakeMonitor monitor;
  const ProgramRun run =
      RunSmonctl(monitor.address(), {"notify", "--nonblock", "5"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(absl::StrCat(run.out, run.err), "");
  EXPECT_TRUE(Eventually([&] { return !monitor.notified().empty(); }));
  EXPECT_THAT(monitor.notified(), ElementsAre("5"));
}

// RunSmonctl reads both pipes to their end: a background process that held one
// would be waited for.
TEST(SmonctlNotifyTest, InTheBackgroundNobodyWaitsForAServerThatHangs) {
  FakeMonitor monitor;
  monitor.hangs = true;
  const absl::Time start = absl::Now();
  const ProgramRun run = RunSmonctl(
      monitor.address(), {"notify", "--nonblock", "--timeout=20", "5"});
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST(SmonctlNotifyTest, InTheBackgroundNothingThatIsWrongShows) {
  const std::vector<std::vector<std::string>> all_args = {
      {"notify", "--nonblock", "5", "--address", kNowhere},
      {"notify", "--nonblock", "5", "--address=not an address"},
      {"notify", "--nonblock", "5", "--token_file=/no/such/file"},
      {"notify", "--nonblock", "5", "--context=none"},
      {"notify", "--nonblock", ""}};
  for (const std::vector<std::string>& args : all_args) {
    const ProgramRun run = RunSmonctl("", args);
    EXPECT_EQ(run.exit_status, 0) << ::testing::PrintToString(args);
    EXPECT_EQ(absl::StrCat(run.out, run.err), "");
  }
}

}  // namespace
}  // namespace smon::client
