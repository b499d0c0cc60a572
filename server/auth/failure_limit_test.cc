#include "server/auth/failure_limit.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

class FailureLimitTest : public ::testing::Test {
 protected:
  void Exhaust(absl::string_view address) {
    for (int i = 0; i < FailureLimit::kBurst; ++i) limit_.Fail(address, now_);
  }

  FailureLimit limit_;
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(FailureLimitTest, TenMayFailAtOnceAndThenOneEachSixSeconds) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(limit_.IsExhausted("10.0.0.1", now_)) << i;
    limit_.Fail("10.0.0.1", now_);
  }
  EXPECT_TRUE(limit_.IsExhausted("10.0.0.1", now_));
  EXPECT_TRUE(limit_.IsExhausted("10.0.0.1", now_ + absl::Seconds(5)));
  now_ += absl::Seconds(6);
  EXPECT_FALSE(limit_.IsExhausted("10.0.0.1", now_));
  limit_.Fail("10.0.0.1", now_);
  EXPECT_TRUE(limit_.IsExhausted("10.0.0.1", now_));
}

TEST_F(FailureLimitTest, AnAddressDoesNotHoldUpAnother) {
  Exhaust("10.0.0.1");
  EXPECT_FALSE(limit_.IsExhausted("10.0.0.2", now_));
}

TEST_F(FailureLimitTest, ANetworkOfIpv6IsOneAddress) {
  Exhaust("2001:db8:1:2:3:4:5:6");
  EXPECT_TRUE(limit_.IsExhausted("2001:db8:1:2:ffff::1", now_));
  EXPECT_FALSE(limit_.IsExhausted("2001:db8:1:3::1", now_));
  EXPECT_FALSE(limit_.IsExhausted("::1", now_));
}

TEST_F(FailureLimitTest, WhoHasLoggedInBeforeIsKnown) {
  limit_.Prove("10.0.0.1", "ops");
  EXPECT_TRUE(limit_.IsProven("10.0.0.1", "ops"));
  EXPECT_FALSE(limit_.IsProven("10.0.0.1", "ann"));
  EXPECT_FALSE(limit_.IsProven("10.0.0.2", "ops"));
}

TEST_F(FailureLimitTest, ManyAddressesTakeNoMoreRoomThanOne) {
  // Of fixed size: this is to show that it still works then.
  for (int i = 0; i < 100000; ++i) {
    limit_.Fail(
        absl::StrCat("10.", i / 65536, ".", i / 256 % 256, ".", i % 256), now_);
  }
  Exhaust("192.168.0.1");
  EXPECT_TRUE(limit_.IsExhausted("192.168.0.1", now_));
}

}  // namespace
}  // namespace smon
