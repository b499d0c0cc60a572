#include "testing/slurm_standin/state.h"

#include "gtest/gtest.h"

namespace smon::slurm_standin {
namespace {

TEST(StateTest, TextMayBeAnyBytesInBase64) {
  const State state =
      ParseState(R"({"jobs": [{"raw_id": 1, "name_b64": "/wo="}]})").value();
  EXPECT_EQ(state.jobs[0].name, "\xff\n");
}

TEST(StateTest, AJobIsEligibleWhenSubmittedUnlessItSaysOtherwise) {
  const State state = ParseState(R"({"jobs": [
      {"submit": 5}, {"submit": 5, "eligible": 0},
      {"submit": 5, "sacct": {"submit": 3}}]})")
                          .value();
  EXPECT_EQ(state.jobs[0].eligible, 5);
  EXPECT_EQ(state.jobs[1].eligible, 0);
  EXPECT_EQ(state.jobs[2].eligible, 5);
  EXPECT_EQ(state.jobs[3].eligible, 3);
}

TEST(StateTest, GeneratedJobsDifferInTheirIds) {
  const State state =
      ParseState(R"({"generate": {"count": 3, "first_id": 10, "user": "a"}})")
          .value();
  ASSERT_EQ(state.jobs.size(), 3u);
  EXPECT_EQ(state.jobs[0].raw_id, 10);
  EXPECT_EQ(state.jobs[2].raw_id, 12);
  EXPECT_EQ(state.jobs[2].user, "a");
}

TEST(StateTest, ComponentsOfAHeterogeneousJobKnowItsIds) {
  const State state = ParseState(R"({"jobs": [
      {"raw_id": 36, "het_job_id": 36}, {"raw_id": 37, "het_job_id": 36,
       "het_offset": 1}, {"raw_id": 38}]})")
                          .value();
  EXPECT_EQ(state.jobs[0].het_id_set, "36-37");
  EXPECT_EQ(state.jobs[1].het_id_set, "36-37");
  EXPECT_EQ(state.jobs[2].het_id_set, "");
}

TEST(StateTest, WhatIsNotUnderstoodIsAnError) {
  for (const char* text :
       {"", "[]]", "{\"nosuch\": 1}", R"({"jobs": [{"nosuch": 1}]})",
        R"({"jobs": [{"raw_id": "1"}]})", R"({"jobs": [{"name_b64": "!"}]})",
        R"({"jobs": [{"sacct": {"nosuch": 1}}]})",
        R"({"faults": {"squeue": {"nosuch": 1}}})",
        R"({"generate": {"count": 1, "nosuch": 1}})"}) {
    EXPECT_EQ(ParseState(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(StateTest, VersionsCompareByNumber) {
  EXPECT_EQ(ParseState(R"({"version": "24.05.3"})")->MajorMinor(),
            std::make_pair(24, 5));
}

}  // namespace
}  // namespace smon::slurm_standin
