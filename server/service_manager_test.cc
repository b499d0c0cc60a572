#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The socket that systemd would listen on.
class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // In the abstract namespace: there is no file to remove.
    const std::string name = absl::StrCat("smon-notify-", getpid());
    std::strncpy(address.sun_path + 1, name.c_str(),
                 sizeof(address.sun_path) - 2);
    ASSERT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address),
                   offsetof(sockaddr_un, sun_path) + 1 + name.size()),
              0);
    setenv("NOTIFY_SOCKET", absl::StrCat("@", name).c_str(), 1);
    setenv("WATCHDOG_USEC", "20000000", 1);  // 20 s
    setenv("WATCHDOG_PID", absl::StrCat(getpid()).c_str(), 1);
  }
  void TearDown() override {
    close(socket_);
    for (const char* name :
         {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      unsetenv(name);
    }
  }

  // What was told since the last call.
  std::vector<std::string> Told() {
    std::vector<std::string> messages;
    char buffer[4096];
    ssize_t size;
    while ((size = recv(socket_, buffer, sizeof(buffer), 0)) > 0) {
      messages.emplace_back(buffer, static_cast<size_t>(size));
    }
    return messages;
  }

  int socket_ = -1;
  FakeClock clock_;
};

TEST_F(ServiceManagerTest, TellsTheStartAReloadAndTheEnd) {
  ServiceManager manager(&clock_);
  clock_.Advance(absl::Seconds(3));
  manager.Ready();
  manager.Reloading();
  manager.Ready();
  manager.Stopping();
  EXPECT_THAT(Told(),
              ElementsAre("READY=1", "RELOADING=1\nMONOTONIC_USEC=3000000",
                          "READY=1", "STOPPING=1"));
}

TEST_F(ServiceManagerTest, TheWatchdogIsKeptOnlyWhileAllIsWell) {
  ServiceManager manager(&clock_);
  int pings = 0;
  for (int second = 0; second < 30; ++second) {
    manager.Update(/*is_well=*/true, "");
    clock_.Advance(absl::Seconds(1));
  }
  for (const std::string& message : Told()) pings += message == "WATCHDOG=1";
  EXPECT_EQ(pings, 3) << "twice in 20 seconds";
  for (int second = 0; second < 30; ++second) {
    manager.Update(/*is_well=*/false, "");
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(Told(), IsEmpty());
  manager.Update(/*is_well=*/true, "");
  EXPECT_THAT(Told(), ElementsAre("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, WithoutAWatchdogNothingIsSentToIt) {
  unsetenv("WATCHDOG_USEC");
  ServiceManager manager(&clock_);
  manager.Update(/*is_well=*/true, "");
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(ServiceManagerTest, TheStatusIsOneLineAndNotToldEachSecond) {
  unsetenv("WATCHDOG_USEC");
  ServiceManager manager(&clock_);
  manager.Update(true, "a\nREADY=1");
  EXPECT_THAT(Told(), ElementsAre("STATUS=a\\nREADY=1"));
  manager.Update(true, "b");
  EXPECT_THAT(Told(), IsEmpty());
  clock_.Advance(absl::Seconds(10));
  manager.Update(true, "b");
  clock_.Advance(absl::Seconds(10));
  manager.Update(true, "b");
  EXPECT_THAT(Told(), ElementsAre("STATUS=b"));
}

}  // namespace
}  // namespace smon
