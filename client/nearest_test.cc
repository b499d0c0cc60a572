#include "client/nearest.h"

#include "gtest/gtest.h"

namespace smon::client {
namespace {

const std::vector<std::string> kCommands = {"jobs",   "job",   "result",
                                            "health", "stats", "resubmit"};

TEST(NearestTest, FindsASwappedLetter) {
  EXPECT_EQ(Nearest("jbos", kCommands), "jobs");
}

TEST(NearestTest, FindsAMissingAndAnExtraLetter) {
  EXPECT_EQ(Nearest("healt", kCommands), "health");
  EXPECT_EQ(Nearest("resullt", kCommands), "result");
}

TEST(NearestTest, FindsTheWordThatWasOnlyBegun) {
  EXPECT_EQ(Nearest("resub", kCommands), "resubmit");
  EXPECT_EQ(Nearest("fail", {"NODE_FAIL", "FAILED"}), "FAILED");
}

TEST(NearestTest, IgnoresCase) {
  EXPECT_EQ(Nearest("timout", {"TIMEOUT"}), "TIMEOUT");
}

TEST(NearestTest, NamesNothingWhenNothingIsNear) {
  EXPECT_EQ(Nearest("pizza", kCommands), "");
  EXPECT_EQ(Nearest("", kCommands), "");
  EXPECT_EQ(Nearest(std::string(100000, 'j'), kCommands), "");
}

TEST(DidYouMeanTest, IsTheEndOfASentence) {
  EXPECT_EQ(DidYouMean("stast", kCommands), ": did you mean stats?");
  EXPECT_EQ(DidYouMean("pizza", kCommands), "");
}

}  // namespace
}  // namespace smon::client
