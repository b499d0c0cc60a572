#include "client/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace smon::client {
namespace {

constexpr char kWipe[] = "\r\x1b[K";

// A terminal of 10 columns, and a clock that is set by hand.
class ProgressTest : public ::testing::Test {
 protected:
  ProgressTest() {
    winsize size{};
    size.ws_col = 10;
    EXPECT_EQ(openpty(&reading_, &fd_, nullptr, nullptr, &size), 0);
    fcntl(reading_, F_SETFL, O_NONBLOCK);
    setenv("TERM", "xterm", /*overwrite=*/1);
  }
  ~ProgressTest() override {
    close(reading_);
    close(fd_);
  }

  Progress Make(bool wanted = true) {
    return Progress(wanted, fd_, [this] { return now_; });
  }
  void Pass(int milliseconds) { now_ += absl::Milliseconds(milliseconds); }

  // What was shown since the last time.
  std::string Shown() const {
    std::array<char, 1000> buffer{};
    const ssize_t got = read(reading_, buffer.data(), buffer.size());
    return std::string(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
  }

  int reading_ = -1;
  int fd_ = -1;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(ProgressTest, ComesAfterHalfASecondAndGoesInTheEnd) {
  {
    Progress progress = Make();
    Pass(499);
    progress.Show("1 job");
    EXPECT_EQ(Shown(), "");
    Pass(1);
    progress.Show("2 jobs");
    EXPECT_EQ(Shown(), std::string(kWipe) + "2 jobs");
  }
  EXPECT_EQ(Shown(), kWipe);
}

TEST_F(ProgressTest, IsRenewedFiveTimesASecondAtMost) {
  Progress progress = Make();
  Pass(500);
  progress.Show("1");
  Pass(199);
  progress.Show("2");
  EXPECT_EQ(Shown(), std::string(kWipe) + "1");
  Pass(1);
  progress.Show("3");
  EXPECT_EQ(Shown(), std::string(kWipe) + "3");
}

TEST_F(ProgressTest, StaysOnItsLine) {
  Progress progress = Make();
  Pass(500);
  progress.Show("123456789 jobs");
  EXPECT_EQ(Shown(), std::string(kWipe) + "12345678…");
}

TEST_F(ProgressTest, OfShortWorkNothingIsSeen) {
  {
    Progress progress = Make();
    progress.Show("1 job");
  }
  EXPECT_EQ(Shown(), "");
}

TEST_F(ProgressTest, IsNotForWhoSeesTheOutputItself) {
  Progress progress = Make(/*wanted=*/false);
  Pass(1000);
  progress.Show("1 job");
  EXPECT_EQ(Shown(), "");
}

TEST_F(ProgressTest, IsNotForATerminalThatCannotWipe) {
  setenv("TERM", "dumb", /*overwrite=*/1);
  Progress progress = Make();
  Pass(1000);
  progress.Show("1 job");
  EXPECT_EQ(Shown(), "");
}

TEST_F(ProgressTest, IsNotForAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_NONBLOCK), 0);
  {
    Progress progress(true, ends[1], [this] { return now_; });
    Pass(1000);
    progress.Show("1 job");
  }
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), -1);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace smon::client
