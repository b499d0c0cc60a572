#include "server/api/page_token.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

const TextSigner kSigner(std::string(32, 'k'));

using ::testing::HasSubstr;

const JobQuery::Position kPosition{absl::FromUnixMicros(1700000000123456), 42};

TEST(PageTokenTest, GivesThePositionBack) {
  const auto position =
      DecodePageToken(kSigner, EncodePageToken(kSigner, kPosition, 7), 7);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->time, kPosition.time);
  EXPECT_EQ(position->id, 42);
}

TEST(PageTokenTest, OfAnotherRequestIsRefused) {
  const auto position =
      DecodePageToken(kSigner, EncodePageToken(kSigner, kPosition, 7), 8);
  EXPECT_EQ(position.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(position.status().message()),
              HasSubstr("other filters"));
}

TEST(PageTokenTest, OfAnotherKeyIsRefused) {
  const TextSigner other(std::string(32, 'l'));
  const auto position =
      DecodePageToken(kSigner, EncodePageToken(other, kPosition, 7), 7);
  EXPECT_THAT(std::string(position.status().message()),
              HasSubstr("not a token of this service"));
}

TEST(PageTokenTest, ACursorIsNone) {
  EXPECT_FALSE(
      DecodePageToken(kSigner, kSigner.Sign("cursor", "1:2:7"), 7).ok());
}

TEST(PageTokenTest, RubbishIsRefused) {
  for (const std::string& token :
       {std::string("x"), std::string("%%%"), std::string(100000, 'A'),
        std::string("MToyOjM6NA==")}) {
    EXPECT_FALSE(DecodePageToken(kSigner, token, 7).ok());
  }
}

}  // namespace
}  // namespace smon
