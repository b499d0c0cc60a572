#include "server/attrsvc/answer_fields.h"

#include <string>

#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(AnswerFieldsTest, TextIsFoundByItsPath) {
  const auto fields = ReadAnswerFields(
      R"({"status":"completed","recommendation":{"action":"STOP"},
          "result":{"result":[{"action":"no"}],"state":"timeout"}})");
  ASSERT_TRUE(fields.has_value());
  EXPECT_EQ(fields->Text("status"), "completed");
  EXPECT_EQ(fields->Text("recommendation.action"), "STOP");
  EXPECT_EQ(fields->Text("result.state"), "timeout");
  EXPECT_EQ(fields->Text("mode"), "");
  EXPECT_TRUE(fields->has_recommendation);
  EXPECT_TRUE(fields->has_result);
}

TEST(AnswerFieldsTest, AWrongTypeCountsAsMissing) {
  const auto fields = ReadAnswerFields(
      R"({"status":7,"mode":null,"recommendation":["action","STOP"],
          "result":"state","error_code":{"mode":"x"},"message":[["a"],"b"]})");
  ASSERT_TRUE(fields.has_value());
  EXPECT_TRUE(fields->texts.empty());
  EXPECT_FALSE(fields->has_recommendation);
  EXPECT_FALSE(fields->has_result);
}

TEST(AnswerFieldsTest, TextFurtherInOrInAnArrayIsNotMistakenForTheField) {
  const auto fields = ReadAnswerFields(
      R"({"recommendation":{"x":{"action":"STOP"},"y":[{"reason":"r"}]},
          "result":{"error":"e"},"detail":["message",{"message":"m"}],
          "x":{"mode":"single"}})");
  ASSERT_TRUE(fields.has_value());
  EXPECT_EQ(fields->texts.size(), 1u);
  EXPECT_EQ(fields->Text("result.error"), "e");
}

TEST(AnswerFieldsTest, OnlyOneWholeValidObjectIsRead) {
  EXPECT_TRUE(ReadAnswerFields(" {} \n").has_value());
  for (const char* body :
       {"", " ", "null", "[]", "[{\"status\":\"completed\"}]", "\"status\"",
        "7", "{", "{}{}", "{\"a\":}", "{'a':1}", "<html>", "{\"a\":\"\xFF\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":NaN}"}) {
    EXPECT_FALSE(ReadAnswerFields(body).has_value()) << body;
  }
}

TEST(AnswerFieldsTest, ANulIsNoEnd) {
  EXPECT_FALSE(ReadAnswerFields(std::string("{}\0\xFF", 4)).has_value());
  EXPECT_FALSE(ReadAnswerFields(std::string("{}\0", 3)).has_value());
}

TEST(AnswerFieldsTest, DeepNestingIsRefusedInsteadOfFollowed) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(ReadAnswerFields(nested(499)).has_value());
  EXPECT_FALSE(ReadAnswerFields(nested(500)).has_value());
  EXPECT_FALSE(ReadAnswerFields(nested(5'000'000)).has_value());
}

TEST(AnswerFieldsTest, SubmittedFalseIsNoticed) {
  EXPECT_TRUE(ReadAnswerFields(R"({"submitted":false})")->not_submitted);
  EXPECT_FALSE(ReadAnswerFields(R"({"submitted":true})")->not_submitted);
  EXPECT_FALSE(ReadAnswerFields(R"({"a":{"submitted":false}})")->not_submitted);
}

}  // namespace
}  // namespace smon
