#include "server/api/watch_cursor.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(WatchCursor, HoldsThePosition) {
  for (const ChangePosition position :
       {ChangePosition{0, 0}, ChangePosition{1790000000000000, 123},
        ChangePosition{9223372036854775807, 9223372036854775807}}) {
    const auto decoded = DecodeCursor(EncodeCursor(position));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, position);
  }
}

TEST(WatchCursor, AnyOtherTextIsRefused) {
  for (const char* const text :
       {"", "x", "!", "1790000000000000", "dzE6MTox", "dzE6MToxOjE"}) {
    const absl::Status status = DecodeCursor(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()),
                ::testing::StartsWith("cursor: "));
  }
}

TEST(WatchCursor, NoByteOfItCanBeChanged) {
  const std::string cursor = EncodeCursor({1790000000000000, 123});
  for (size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(DecodeCursor(changed).ok()) << i;
  }
}

}  // namespace
}  // namespace smon
