#include "server/monitor/accounting_window.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

using Window = AccountingWindow::Window;

constexpr absl::Duration kOverlap = absl::Minutes(10);

class AccountingWindowTest : public ::testing::Test {
 protected:
  AccountingWindowTest() { window_.Load(first_, now_, now_); }

  // The next window, which is read and stored.
  Window Read(absl::Duration later) {
    now_ += later;
    const Window window = window_.Next(now_);
    window_.Stored(window, now_);
    return window;
  }
  Window Fail(absl::Duration later) {
    now_ += later;
    const Window window = window_.Next(now_);
    window_.Failed(window, now_);
    return window;
  }

  absl::Time now_ = absl::FromUnixSeconds(1795381150);
  absl::Time first_ = now_ - absl::Hours(24 * 30);
  AccountingWindow window_{AccountingWindow::Options()};
};

TEST_F(AccountingWindowTest, WindowsOverlapAndEndNow) {
  Read(absl::Minutes(3));
  const absl::Time last = now_;
  const Window window = Read(absl::Minutes(3));
  EXPECT_EQ(window.since, last - kOverlap);
  EXPECT_EQ(window.until, absl::InfiniteFuture());
  EXPECT_EQ(window.watermark, now_);
  EXPECT_EQ(window_.watermark(), now_);
}

TEST_F(AccountingWindowTest, AWindowThatFailedIsReadAgain) {
  Read(absl::Minutes(3));
  const absl::Time last = now_;
  Fail(absl::Minutes(3));
  Fail(absl::Minutes(3));
  EXPECT_EQ(Read(absl::Minutes(3)).since, last - kOverlap);
}

TEST_F(AccountingWindowTest, TheWatermarkRestsForTwoMinutesAfterAnOutage) {
  const absl::Time last = now_;
  Fail(absl::Minutes(3));
  EXPECT_FALSE(Read(absl::Minutes(1)).watermark.has_value());
  EXPECT_EQ(window_.watermark(), last);
  EXPECT_TRUE(Read(absl::Minutes(1)).watermark.has_value());
}

TEST_F(AccountingWindowTest, AClockThatWasSetBackMovesTheWindowBack) {
  Read(absl::Minutes(3));
  const Window window = Read(-absl::Hours(2));
  EXPECT_EQ(window.since, now_ - kOverlap);
  EXPECT_EQ(window_.watermark(), now_);
}

TEST_F(AccountingWindowTest, ALongWindowThatFailsIsReadInPieces) {
  const absl::Time last = now_;
  Fail(absl::Hours(24 * 7));
  absl::Time read_until = last;
  now_ += absl::Minutes(3);  // after the backlog
  int reads = 0;
  do {
    const Window window = Read(absl::Seconds(5));
    EXPECT_LE(window.since, read_until);
    read_until = std::min(window.until, now_);
    EXPECT_LT(++reads, 10);
  } while (window_.is_behind());
  EXPECT_EQ(read_until, now_);
  EXPECT_GT(reads, 1);
}

TEST_F(AccountingWindowTest, AShortWindowThatFailsStaysWhole) {
  for (int i = 0; i < 5; ++i) Fail(absl::Minutes(5));
  now_ += absl::Minutes(3);
  EXPECT_EQ(Read(absl::Seconds(5)).until, absl::InfiniteFuture());
}

TEST_F(AccountingWindowTest, OnceAnHourTheLastDayIsReadAgain) {
  const absl::Time started = now_;
  absl::Time last = now_;
  Window window;
  while (now_ - started < absl::Hours(1)) {
    last = now_;
    window = Read(absl::Minutes(3));
  }
  EXPECT_TRUE(window.is_audit);
  EXPECT_EQ(window.since, now_ - absl::Hours(24));
  EXPECT_EQ(window.late_before, last - kOverlap);
  EXPECT_FALSE(Read(absl::Minutes(3)).is_audit);
}

TEST_F(AccountingWindowTest, AnAuditGoesBackToTheFirstStartAtMost) {
  window_.Load(now_, now_, now_);
  const absl::Time start = now_;
  const Window window = Read(absl::Hours(2));
  EXPECT_TRUE(window.is_audit);
  EXPECT_EQ(window.since, start - kOverlap);
}

TEST_F(AccountingWindowTest, AnAuditThatFailsIsTriedAgainLaterAndShorter) {
  EXPECT_TRUE(Fail(absl::Hours(2)).is_audit);
  EXPECT_FALSE(Read(absl::Minutes(3)).is_audit);
  const Window window = Read(absl::Minutes(10));
  EXPECT_TRUE(window.is_audit);
  EXPECT_EQ(window.since, now_ - absl::Hours(12));
}

}  // namespace
}  // namespace smon
