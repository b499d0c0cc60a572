#include "client/state_names.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<int> Parse(const std::vector<std::string>& args) {
  const auto values = ParseValueNames("state", args, StateNames());
  EXPECT_TRUE(values.ok()) << values.status();
  return values.ok() ? *values : std::vector<int>{};
}

TEST(StateNamesTest, LongAndShortNamesMeanTheSameInAnyCase) {
  EXPECT_THAT(Parse({"failed,timeout"}),
              ElementsAre(v1::Job::FAILED, v1::Job::TIMEOUT));
  EXPECT_THAT(Parse({"F,TO"}), ElementsAre(v1::Job::FAILED, v1::Job::TIMEOUT));
  EXPECT_THAT(Parse({"oom"}), ElementsAre(v1::Job::OUT_OF_MEMORY));
  EXPECT_THAT(Parse({"Out-Of-Memory"}), ElementsAre(v1::Job::OUT_OF_MEMORY));
}

TEST(StateNamesTest, StatesOfOurOwnHaveNamesToo) {
  EXPECT_THAT(Parse({"finished", "other"}),
              ElementsAre(v1::Job::FINISHED, v1::Job::OTHER));
}

TEST(StateNamesTest, ActiveAndEndedShareOutAllStates) {
  const std::vector<int> active = Parse({"active"});
  const std::vector<int> ended = Parse({"ended"});
  EXPECT_THAT(active,
              AllOf(Contains(v1::Job::PENDING), Contains(v1::Job::COMPLETING),
                    Contains(v1::Job::OTHER)));
  EXPECT_THAT(ended, AllOf(Contains(v1::Job::COMPLETED),
                           Contains(v1::Job::RECONFIG_FAIL),
                           Contains(v1::Job::FINISHED)));
  for (int state : ended) EXPECT_THAT(active, Not(Contains(state)));
  // All but STATE_UNSPECIFIED.
  EXPECT_EQ(static_cast<int>(active.size() + ended.size()),
            v1::Job::State_descriptor()->value_count() - 1);
}

TEST(StateNamesTest, UnsuccessfulIsEndedButForCompleted) {
  std::vector<int> expected = Parse({"ended"});
  expected.erase(std::find(expected.begin(), expected.end(),
                           static_cast<int>(v1::Job::COMPLETED)));
  EXPECT_EQ(Parse({"unsuccessful"}), expected);
}

TEST(StateNamesTest, NoTwoStatesShareAName) {
  std::set<std::string> seen;
  for (const ValueName& name : StateNames()) {
    EXPECT_TRUE(seen.insert(name.name).second) << name.name;
    if (name.short_name.empty()) continue;
    EXPECT_TRUE(seen.insert(name.short_name).second) << name.short_name;
  }
}

TEST(StateNamesTest, AnUnknownStateIsNamedWithTheNearest) {
  const auto parsed = ParseValueNames("state", {"faild"}, StateNames());
  EXPECT_THAT(std::string(parsed.status().message()),
              AllOf(HasSubstr("unknown state 'faild': did you mean FAILED?"),
                    HasSubstr("OUT_OF_MEMORY (OOM)"),
                    HasSubstr("active, ended, unsuccessful")));
}

}  // namespace
}  // namespace smon::client
