#include "testing/slurm_standin/options.h"

#include "gtest/gtest.h"

namespace smon::slurm_standin {
namespace {

Options Parse(const std::vector<std::string>& args) {
  return ParseOptions({{'h', "noheader", false},
                       {'r', "array", false},
                       {0, "array-unique", false},
                       {'t', "states", true}},
                      args);
}

TEST(OptionsTest, ValuesMayBeWrittenInAllWaysOfGetopt) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"-t", "all"},
        {"-tall"},
        {"-hrtall"},
        {"--states=all"},
        {"--states", "all"},
        {"--st=all"},
        {"-t", "PD", "-t", "all"}}) {
    EXPECT_EQ(Parse(args).Get("states"), "all") << args[0];
  }
}

TEST(OptionsTest, AValueMayBeEmptyOrLookLikeAnOption) {
  EXPECT_EQ(Parse({"-t", "-h"}).Get("states"), "-h");
  EXPECT_TRUE(Parse({"--states="}).Has("states"));
}

TEST(OptionsTest, OperandsMayStandAnywhere) {
  const Options options = Parse({"one", "-h", "two", "--", "-r"});
  EXPECT_EQ(options.operands, (std::vector<std::string>{"one", "two", "-r"}));
  EXPECT_TRUE(options.Has("noheader"));
  EXPECT_FALSE(options.Has("array"));
}

TEST(OptionsTest, AWholeNameIsNotAmbiguousButABeginningMayBe) {
  EXPECT_TRUE(Parse({"--array"}).Has("array"));
  EXPECT_EQ(Parse({"--arr"}).error, "unrecognized option '--arr'");
}

TEST(OptionsTest, ErrorsAreInGetoptsWords) {
  EXPECT_EQ(Parse({"-Q"}).error, "invalid option -- 'Q'");
  EXPECT_EQ(Parse({"--no"}).error, "");
  EXPECT_EQ(Parse({"--nosuch"}).error, "unrecognized option '--nosuch'");
  EXPECT_EQ(Parse({"-t"}).error, "option requires an argument -- 't'");
  EXPECT_EQ(Parse({"--states"}).error,
            "option '--states' requires an argument");
}

}  // namespace
}  // namespace smon::slurm_standin
