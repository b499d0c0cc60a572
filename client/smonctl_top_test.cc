// "smonctl top", the built program on a terminal of its own, against a
// MonitorService on loopback. How it leaves the terminal: top_test.py.

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/testing/dumb_port.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);

class Top {
 public:
  Top(const std::string& address, const std::string& delay) {
    const std::string at = "--address=" + address;
    const std::string every = "--delay=" + delay;
    winsize size{};
    size.ws_row = 24;
    size.ws_col = 100;
    pid_ = forkpty(&fd_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      const char* const argv[] = {"client/smonctl", "top", at.c_str(),
                                  every.c_str(), nullptr};
      const char* const environment[] = {"TERM=xterm", "TZ=UTC", nullptr};
      execve(argv[0], const_cast<char**>(argv),
             const_cast<char**>(environment));
      _exit(127);
    }
  }
  ~Top() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(fd_);
  }

  // Reads until `text` is shown; what came until then is forgotten.
  testing::AssertionResult Shows(const std::string& text) {
    const absl::Time end = absl::Now() + kPatience;
    size_t found = std::string::npos;
    while ((found = seen_.find(text)) == std::string::npos) {
      pollfd state{fd_, POLLIN, 0};
      std::array<char, 65536> buffer;
      const auto left = absl::ToInt64Milliseconds(end - absl::Now());
      const ssize_t got =
          left > 0 && poll(&state, 1, static_cast<int>(left)) == 1
              ? read(fd_, buffer.data(), buffer.size())
              : 0;
      if (got <= 0) return testing::AssertionFailure() << "not in " << seen_;
      seen_.append(buffer.data(), static_cast<size_t>(got));
    }
    before_ = seen_.substr(0, found);
    seen_.erase(0, found + text.size());
    return testing::AssertionSuccess();
  }

  // What came before the text that was last waited for.
  const std::string& before() const { return before_; }

  void Press(const char* key) { EXPECT_EQ(write(fd_, key, 1), 1); }

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
  std::string seen_;
  std::string before_;
};

TEST(SmonctlTopTest, ShowsWhatFailedLastAndWhatRuns) {
  FakeMonitor monitor;
  monitor.health.set_status(v1::Health::OK);
  monitor.health.set_version("1.2.3");
  monitor.stats.mutable_jobs()->set_total(77);
  monitor.jobs = {FailedJob("4711")};
  Top top(monitor.address(), "3600");
  ASSERT_TRUE(top.Shows("smonsvc 1.2.3 at " + monitor.address()));
  ASSERT_TRUE(top.Shows("Health   OK"));
  ASSERT_TRUE(top.Shows("77 known"));
  ASSERT_TRUE(top.Shows("4711 "));
  const std::vector<v1::ListJobsRequest> requests = monitor.list_requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].order_by(), "end_time desc");
  EXPECT_EQ(std::count(requests[0].states().begin(), requests[0].states().end(),
                       v1::Job::FAILED),
            1);
  EXPECT_EQ(std::count(requests[0].states().begin(), requests[0].states().end(),
                       v1::Job::COMPLETED),
            0);
  EXPECT_EQ(requests[1].order_by(), "submit_time desc");
  EXPECT_THAT(requests[1].states(), ElementsAre(v1::Job::RUNNING));
}

TEST(SmonctlTopTest, LooksAgainWhenAsked) {
  FakeMonitor monitor;
  monitor.health.set_version("1.2.3");
  Top top(monitor.address(), "3600");
  ASSERT_TRUE(top.Shows("smonsvc 1.2.3"));
  ASSERT_THAT(monitor.list_requests(), SizeIs(2));
  for (const char* key : {"r", " "}) {
    const size_t before = monitor.list_requests().size();
    top.Press(key);
    const absl::Time end = absl::Now() + kPatience;
    while (monitor.list_requests().size() == before && absl::Now() < end) {
      ASSERT_TRUE(top.Shows("\x1b[H"));  // it draws each second
    }
    EXPECT_GT(monitor.list_requests().size(), before) << "'" << key << "'";
  }
}

TEST(SmonctlTopTest, GoesOnWhenSmonsvcComes) {
  std::string address;
  {
    const DumbPort free(/*listens=*/false);
    address = free.address();
  }
  Top top(address, "0.2");
  ASSERT_TRUE(top.Shows("cannot reach smonsvc at " + address));
  FakeMonitor monitor(address);
  monitor.health.set_status(v1::Health::OK);
  ASSERT_TRUE(top.Shows("Health   OK"));
  // The next frame, whole.
  ASSERT_TRUE(top.Shows("\x1b[H"));
  ASSERT_TRUE(top.Shows("\x1b[J"));
  EXPECT_THAT(top.before(), HasSubstr("Health   OK"));
  EXPECT_THAT(top.before(), Not(HasSubstr("cannot reach")));
}

}  // namespace
}  // namespace smon::client
