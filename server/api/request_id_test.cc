#include "server/api/request_id.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

constexpr char kUuid[] = "123e4567-e89b-42d3-a456-426614174000";

TEST(RequestIdTest, IsAUuidInAnyCaseOrEmpty) {
  EXPECT_EQ(*ReadRequestId(kUuid), kUuid);
  EXPECT_EQ(*ReadRequestId("123E4567-E89B-42D3-A456-426614174000"), kUuid);
  EXPECT_EQ(*ReadRequestId(""), "");
}

TEST(RequestIdTest, AnythingElseIsRefusedWithAnExample) {
  for (const std::string& text :
       {std::string("x"), std::string(kUuid) + "0",
        std::string("123e4567e89b42d3a456426614174000"),
        std::string("123e4567-e89b-42d3-a456-42661417400g"),
        std::string("{23e4567-e89b-42d3-a456-42661417400}"),
        std::string("123e4567_e89b_42d3_a456_426614174000"),
        std::string(36, '\n')}) {
    const absl::Status status = ReadRequestId(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("request_id: '"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(kUuid));
  }
}

TEST(RequestIdTest, ANewOneIsARandomUuid) {
  const std::string id = NewRequestId();
  EXPECT_EQ(*ReadRequestId(id), id);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(NewRequestId(), id);
}

}  // namespace
}  // namespace smon
