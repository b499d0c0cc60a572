#include "server/gateway/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Result = PathTemplate::Result;

struct Outcome {
  Result result;
  PathTemplate::Bindings bindings;
};

Outcome Match(absl::string_view text, absl::string_view path) {
  const auto parsed = PathTemplate::Parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  Outcome outcome;
  outcome.result =
      parsed->Match(absl::StrSplit(path.substr(1), '/'), &outcome.bindings);
  return outcome;
}

TEST(PathTemplateTest, ALiteralMatchesItselfOnly) {
  EXPECT_EQ(Match("/v1/jobs", "/v1/jobs").result, Result::kMatch);
  EXPECT_EQ(Match("/v1/jobs", "/v1/job").result, Result::kNoMatch);
  EXPECT_EQ(Match("/v1/jobs", "/v1").result, Result::kNoMatch);
  EXPECT_EQ(Match("/v1/jobs", "/v1/jobs/").result, Result::kNoMatch);
  EXPECT_EQ(Match("/v1/jobs", "/v1/JOBS").result, Result::kNoMatch);
}

TEST(PathTemplateTest, AVariableTakesOneSegment) {
  EXPECT_THAT(Match("/v1/jobs/{job_id}", "/v1/jobs/12+1").bindings,
              ElementsAre(Pair("job_id", "12+1")));
  EXPECT_THAT(
      Match("/v1/jobs/{job_id}/result", "/v1/jobs/12_3/result").bindings,
      ElementsAre(Pair("job_id", "12_3")));
  EXPECT_EQ(Match("/v1/jobs/{job_id}", "/v1/jobs/1/2").result,
            Result::kNoMatch);
}

TEST(PathTemplateTest, AVariableTakesAnEmptySegment) {
  EXPECT_THAT(Match("/v1/jobs/{job_id}", "/v1/jobs/").bindings,
              ElementsAre(Pair("job_id", "")));
}

TEST(PathTemplateTest, AVariableMayHaveItsOwnPattern) {
  EXPECT_THAT(
      Match("/v1/{name=shelves/*/books/*}", "/v1/shelves/1/books/2").bindings,
      ElementsAre(Pair("name", "shelves/1/books/2")));
  EXPECT_EQ(Match("/v1/{name=shelves/*}", "/v1/racks/1").result,
            Result::kNoMatch);
}

TEST(PathTemplateTest, NestedFieldsAndSeveralVariables) {
  EXPECT_THAT(Match("/{a.b}/x/{c}", "/1/x/2").bindings,
              ElementsAre(Pair("a.b", "1"), Pair("c", "2")));
}

TEST(PathTemplateTest, TwoStarsTakeAllSegmentsButTheLastLiterals) {
  EXPECT_THAT(Match("/files/{path=**}", "/files/a/b/c").bindings,
              ElementsAre(Pair("path", "a/b/c")));
  EXPECT_THAT(Match("/files/{path=**}/meta", "/files/a/b/meta").bindings,
              ElementsAre(Pair("path", "a/b")));
  EXPECT_THAT(Match("/files/{path=**}", "/files/").bindings,
              ElementsAre(Pair("path", "")));
  EXPECT_THAT(Match("/files/{path=**}", "/files").bindings,
              ElementsAre(Pair("path", "")));
  EXPECT_THAT(Match("/{path=files/**}", "/files").bindings,
              ElementsAre(Pair("path", "files/")));
  EXPECT_EQ(Match("/files/{path=**}/meta", "/files").result, Result::kNoMatch);
}

TEST(PathTemplateTest, AVerbEndsThePath) {
  EXPECT_EQ(Match("/v1/jobs:watch", "/v1/jobs:watch").result, Result::kMatch);
  EXPECT_EQ(Match("/v1/jobs:watch", "/v1/jobs").result, Result::kNoMatch);
  EXPECT_EQ(Match("/v1/jobs", "/v1/jobs:watch").result, Result::kNoMatch);
  EXPECT_THAT(
      Match("/v1/jobs/{job_id}:notify", "/v1/jobs/12+1:notify").bindings,
      ElementsAre(Pair("job_id", "12+1")));
}

TEST(PathTemplateTest, AColonBeforeTheVerbBelongsToTheValue) {
  EXPECT_THAT(Match("/v1/jobs/{job_id}:notify", "/v1/jobs/a:b:notify").bindings,
              ElementsAre(Pair("job_id", "a:b")));
}

TEST(PathTemplateTest, WithoutAVerbInTheTemplateAColonBelongsToTheValue) {
  EXPECT_THAT(Match("/v1/jobs/{job_id}", "/v1/jobs/12:notify").bindings,
              ElementsAre(Pair("job_id", "12:notify")));
}

TEST(PathTemplateTest, AVerbWithNothingBeforeItEndsTheSearch) {
  EXPECT_EQ(Match("/v1/jobs/{job_id}:notify", "/v1/jobs/:notify").result,
            Result::kNothingBeforeVerb);
}

TEST(PathTemplateTest, TheVerbAfterAVariableIsAllThatFollows) {
  const auto parsed = PathTemplate::Parse("/v1/{a}:x:y");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->verb(), "x:y");
  EXPECT_THAT(parsed->field_paths(), ElementsAre("a"));
}

TEST(PathTemplateTest, BadTemplatesAreNamed) {
  for (const char* text :
       {"", "v1", "/", "/a//b", "/{", "/{a", "/{1a}", "/{}", "/{a.}", "/{a}b",
        "/{a=}", "/**/**", "/a b", "/a?"}) {
    const auto parsed = PathTemplate::Parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(text));
  }
}

}  // namespace
}  // namespace smon
