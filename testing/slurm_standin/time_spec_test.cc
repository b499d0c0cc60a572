#include "testing/slurm_standin/time_spec.h"

#include <stdlib.h>
#include <time.h>

#include "gtest/gtest.h"

namespace smon::slurm_standin {
namespace {

constexpr int64_t kNow = 1795381257;  // 2026-11-22T21:00:57 UTC

class TimeSpecTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(TimeSpecTest, ReadsTheFormsThatTheRealOneReads) {
  EXPECT_EQ(ParseTimeSpec("now", kNow).value(), kNow);
  EXPECT_EQ(ParseTimeSpec("now-1hour", kNow).value(), kNow - 3600);
  EXPECT_EQ(ParseTimeSpec("now-5minutes", kNow).value(), kNow - 300);
  EXPECT_EQ(ParseTimeSpec("now-60", kNow).value(), kNow - 60);
  EXPECT_EQ(ParseTimeSpec("now+2days", kNow).value(), kNow + 172800);
  EXPECT_EQ(ParseTimeSpec("2026-11-22", kNow).value(), 1795305600);
  EXPECT_EQ(ParseTimeSpec("2026-11-22T20:59", kNow).value(), 1795381140);
  EXPECT_EQ(ParseTimeSpec("2026-11-22T20:59:10", kNow).value(), 1795381150);
  EXPECT_EQ(ParseTimeSpec("20:59", kNow).value(), 1795381140);
  EXPECT_EQ(ParseTimeSpec("midnight", kNow).value(), 1795305600);
  EXPECT_EQ(ParseTimeSpec("uts1795381162", kNow).value(), 1795381162);
}

TEST_F(TimeSpecTest, RefusesTheRestWithItsWordsAndPosition) {
  EXPECT_EQ(ParseTimeSpec("@1795381162", kNow).status().message(),
            "Invalid time specification (pos=0): @1795381162");
  EXPECT_EQ(ParseTimeSpec("1795381162", kNow).status().message(),
            "Invalid time specification (pos=0): 1795381162");
  EXPECT_EQ(ParseTimeSpec("2026-11-22T20:59:10.5", kNow).status().message(),
            "Invalid time specification (pos=19): 2026-11-22T20:59:10.5");
  EXPECT_EQ(ParseTimeSpec("2026-11-22Z", kNow).status().message(),
            "Invalid time specification (pos=10): 2026-11-22Z");
  EXPECT_EQ(ParseTimeSpec("yesterday", kNow).status().message(),
            "Invalid time specification (pos=0): yesterday");
}

TEST_F(TimeSpecTest, ReadsLocalTime) {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  EXPECT_EQ(ParseTimeSpec("2026-11-22T21:59:10", kNow).value(), 1795381150);
}

}  // namespace
}  // namespace smon::slurm_standin
