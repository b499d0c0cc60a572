#include "server/api/page_token.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

const JobQuery::Position kPosition{absl::FromUnixMicros(1700000000123456), 42};

TEST(PageTokenTest, GivesThePositionBack) {
  const auto position = DecodePageToken(EncodePageToken(kPosition, 7), 7);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->time, kPosition.time);
  EXPECT_EQ(position->id, 42);
}

TEST(PageTokenTest, OfAnotherRequestIsRefused) {
  const auto position = DecodePageToken(EncodePageToken(kPosition, 7), 8);
  EXPECT_EQ(position.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(position.status().message()),
              HasSubstr("other filters"));
}

TEST(PageTokenTest, WithAnyCharacterChangedIsRefused) {
  const std::string token = EncodePageToken(kPosition, 7);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto position = DecodePageToken(changed, 7);
    // The last character may carry bits that base64 ignores.
    if (position.ok() && i + 1 == token.size()) continue;
    EXPECT_EQ(position.status().code(), absl::StatusCode::kInvalidArgument)
        << "at " << i;
  }
}

TEST(PageTokenTest, RubbishIsRefused) {
  for (const std::string& token :
       {std::string("x"), std::string("%%%"), std::string(100000, 'A'),
        std::string("MToyOjM6NA==")}) {
    EXPECT_FALSE(DecodePageToken(token, 7).ok());
  }
}

}  // namespace
}  // namespace smon
