#include "server/api/audit_log.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(AuditLogTest, AttemptsOfStrangersHaveAHundredLinesAndThenOneASecond) {
  AuditLog log;
  absl::Duration now = absl::Hours(1);
  int64_t left_out = -1;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(log.MayAdd(now, &left_out)) << i;
    EXPECT_EQ(left_out, 0);
  }
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(log.MayAdd(now, &left_out));
  now += absl::Milliseconds(999);
  EXPECT_FALSE(log.MayAdd(now, &left_out));
  now += absl::Milliseconds(2);
  EXPECT_TRUE(log.MayAdd(now, &left_out));
  EXPECT_EQ(left_out, 8);
  EXPECT_FALSE(log.MayAdd(now, &left_out));
  now += absl::Hours(1);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(log.MayAdd(now, &left_out));
  EXPECT_FALSE(log.MayAdd(now, &left_out));
}

}  // namespace
}  // namespace smon
