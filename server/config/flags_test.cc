// The file, the environment and the command line together.

#include "server/config/flags.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/config.h"
#include "server/config/print_config.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FlagsTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  Settings Set(std::vector<std::string> arguments) {
    arguments.push_back("--config=" + path_);
    return SetFlags(arguments, [this](const char* name) -> const char* {
      const auto it = environment_.find(name);
      return it == environment_.end() ? nullptr : it->second.c_str();
    });
  }

  const std::string path_ =
      std::string(std::getenv("TEST_TMPDIR")) + "/smonsvc.yaml";
  std::map<std::string, std::string> environment_;
};

TEST_F(FlagsTest, ArgumentWinsOverEnvironmentOverFileOverDefault) {
  Write("interval: 10\ntimeout: 20\nport: 30\n");
  environment_ = {{"NVRX_SMONSVC_INTERVAL", "11"},
                  {"NVRX_SMONSVC_TIMEOUT", "21"}};
  const Settings settings = Set({"--interval=12"});
  EXPECT_THAT(settings.problems, IsEmpty());
  auto values = FlagValues();
  EXPECT_EQ(values["interval"], "12");
  EXPECT_EQ(values["timeout"], "21");
  EXPECT_EQ(values["port"], "30");
  EXPECT_EQ(values["log_wait"], "10m");
}

TEST_F(FlagsTest, TheEnvironmentMayNameTheFile) {
  Write("port: 30\n");
  const Settings settings =
      SetFlags({}, [this](const char* name) -> const char* {
        return std::string(name) == "NVRX_SMONSVC_CONFIG" ? path_.c_str()
                                                          : nullptr;
      });
  EXPECT_THAT(settings.problems, IsEmpty());
  EXPECT_EQ(FlagValues()["port"], "30");
}

TEST_F(FlagsTest, EachValueIsPrintedWithItsSource) {
  Write("# two\nport: 30\nverbose: yes\n");
  environment_ = {{"NVRX_ATTRSVC_URL", "http://a:1"}};
  const std::string printed =
      PrintConfig(Set({"--partitions", "a", "b", "--job-pattern=\"x"}));
  EXPECT_THAT(printed, HasSubstr("partitions: \"a b\"  # flag --partitions\n"));
  EXPECT_THAT(printed,
              HasSubstr("job_pattern: \"\\\"x\"  # flag --job_pattern\n"));
  EXPECT_THAT(printed, HasSubstr("attrsvc_url: \"http://a:1\"  # environment "
                                 "NVRX_ATTRSVC_URL\n"));
  EXPECT_THAT(printed, HasSubstr(absl::StrCat("port: 30  # ", path_, ":2\n")));
  EXPECT_THAT(printed, HasSubstr("verbose: true  # "));
  EXPECT_THAT(printed, HasSubstr("interval: 180  # default\n"));
}

TEST_F(FlagsTest, WhatIsPrintedIsAFileWithTheSameSettings) {
  Write(
      "partitions: [x, y]\njob_pattern: 'a\"#: \\d'\nsubmit_rate: 2.5\n"
      "port: 30\n");
  const Settings before = Set({});
  const auto values = FlagValues();
  Write(PrintConfig(before));
  EXPECT_THAT(Set({}).problems, IsEmpty());
  EXPECT_EQ(FlagValues(), values);
}

TEST_F(FlagsTest, SecretsOfUrlsAreNotPrinted) {
  Write(
      "attrsvc_url: http://me:secret@a/?token=secret\n"
      "store: postgresql://me:secret@db/smon\n");
  const std::string printed = PrintConfig(Set({}));
  EXPECT_THAT(printed, Not(HasSubstr("secret")));
  EXPECT_THAT(printed, HasSubstr("attrsvc_url: \"http://***@a/?***\""));
  EXPECT_THAT(printed, HasSubstr("store: \"postgresql://***@db/smon\""));
}

TEST_F(FlagsTest, AWrongValueIsNamedByFileAndLine) {
  Write("\nport: http\ninterval: 0\nverbose: maybe\n");
  const Settings settings = Set({});
  std::vector<std::string> problems = settings.problems;
  ReadConfig(settings, &problems);
  EXPECT_THAT(
      problems,
      ElementsAre(HasSubstr(absl::StrCat(path_,
                                         ":2: port: 'http' is not a "
                                         "number")),
                  HasSubstr(":4: verbose: 'maybe' is not true or false"),
                  HasSubstr(absl::StrCat(path_,
                                         ":3: --interval: '0' is not "
                                         "between"))));
}

TEST_F(FlagsTest, AFileThatIsNotThereIsAProblem) {
  EXPECT_THAT(SetFlags({"--config=/nonexistent/f.yaml"},
                       [](const char*) -> const char* { return nullptr; })
                  .problems,
              ElementsAre(HasSubstr("'/nonexistent/f.yaml': No such file")));
}

}  // namespace
}  // namespace smon
