#include "server/config/setting_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Problems(const std::string& text) {
  return ParseSettings("f.yaml", text).problems;
}

// "flag=value" for each setting.
std::vector<std::string> Values(const std::string& text) {
  const SettingFile file = ParseSettings("f.yaml", text);
  EXPECT_THAT(file.problems, IsEmpty());
  std::vector<std::string> values;
  for (const FileSetting& setting : file.settings) {
    values.push_back(setting.flag + "=" + setting.value);
  }
  return values;
}

TEST(SettingFileTest, ASettingHasTheNameOfItsFlagAndALine) {
  const SettingFile file =
      ParseSettings("f.yaml", "# ours\ninterval: 60\n\nlog-level: DEBUG\n");
  ASSERT_THAT(file.problems, IsEmpty());
  ASSERT_EQ(file.settings.size(), 2u);
  EXPECT_EQ(file.settings[0].flag, "interval");
  EXPECT_EQ(file.settings[0].value, "60");
  EXPECT_EQ(file.settings[0].line, 2);
  EXPECT_EQ(file.settings[1].flag, "log_level");
  EXPECT_EQ(file.settings[1].line, 4);
}

TEST(SettingFileTest, ValuesStayAsTheyAreWritten) {
  EXPECT_THAT(Values("unix_socket_mode: 0660\njob_pattern: '^a: #b'\n"
                     "verbose: yes\nuser: \"\"\n"),
              ElementsAre("unix_socket_mode=0660", "job_pattern=^a: #b",
                          "verbose=yes", "user="));
}

TEST(SettingFileTest, WhatHoldsSeveralTakesAList) {
  EXPECT_THAT(Values("partitions: [a, b]\nallowed_hosts:\n  - x\n  - y\n"),
              ElementsAre("partitions=a b", "allowed_hosts=x,y"));
  EXPECT_THAT(Values("partitions: a b"), ElementsAre("partitions=a b"));
  EXPECT_THAT(Problems("port: [1, 2]"),
              ElementsAre("f.yaml:1: port takes one value, not a list or a "
                          "map"));
  EXPECT_THAT(Problems("partitions: [a, [b]]"),
              ElementsAre(HasSubstr("partitions takes values or a list")));
  EXPECT_THAT(Problems("allowed_hosts: ['a,b']"),
              ElementsAre(HasSubstr("holds a blank or a comma")));
}

TEST(SettingFileTest, AFileOfCommentsOrNothingSetsNothing) {
  EXPECT_THAT(Values(""), IsEmpty());
  EXPECT_THAT(Values("# interval: 3\n---\n"), IsEmpty());
}

TEST(SettingFileTest, EachProblemHasItsLineAndTheRestIsRead) {
  const SettingFile file =
      ParseSettings("f.yaml",
                    "intervall: 3\nport: 1\nport: 2\nuser:\nconfig: x\n"
                    "nothing_like_it: 1\n3: 4\n");
  EXPECT_THAT(
      file.problems,
      ElementsAre("f.yaml:1: unknown setting 'intervall'; did you mean "
                  "interval?",
                  "f.yaml:3: port was set in line 2 already",
                  "f.yaml:4: user has no value; \"\" is an empty one",
                  AllOf(HasSubstr("f.yaml:5: config"), HasSubstr("only")),
                  "f.yaml:6: unknown setting 'nothing_like_it'",
                  HasSubstr("f.yaml:7: unknown setting '3'")));
  ASSERT_EQ(file.settings.size(), 1u);
  EXPECT_EQ(file.settings[0].value, "1");
}

TEST(SettingFileTest, TwoSpellingsOfOneSettingAreADuplicate) {
  EXPECT_THAT(Problems("attrsvc_url: a\nattrsvc-endpoint: b\n"),
              ElementsAre("f.yaml:2: attrsvc-endpoint was set in line 1 "
                          "already"));
}

TEST(SettingFileTest, WhatIsNoYamlOrNoMapIsNamedByItsLine) {
  EXPECT_THAT(Problems("interval: 3\nport: [1\n"),
              ElementsAre(HasSubstr("f.yaml:")));
  EXPECT_THAT(Problems("interval: 3\n\tport: 1\n"),
              ElementsAre(HasSubstr(": no YAML: ")));
  EXPECT_THAT(Problems("- interval\n"),
              ElementsAre(HasSubstr("f.yaml:1: settings are wanted")));
  EXPECT_THAT(Problems("port: 1\n---\nport: 2\n"),
              ElementsAre(HasSubstr("a second document")));
  EXPECT_THAT(Problems("# so\n, port: 1\n"),
              ElementsAre("f.yaml:2: no YAML: a setting cannot begin with this "
                          "character"));
  EXPECT_THAT(Problems("[a]: 1\n"),
              ElementsAre("f.yaml:1: the name of a setting is wanted"));
}

TEST(SettingFileTest, HostileBytesReachNoMessageRawAndNoFlag) {
  EXPECT_THAT(Problems("\"a\\x1b[2J\": 1"),
              ElementsAre(HasSubstr("'a\\x1b[2J'")));
  EXPECT_THAT(Problems("user: \"a\\0b\""),
              ElementsAre("f.yaml:1: user holds a control character"));
  EXPECT_THAT(Problems(std::string(100000, '[')), ElementsAre(HasSubstr("f.")));
}

TEST(SettingFileTest, WhatEverybodyMayWriteIsNotRead) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/f.yaml";
  std::ofstream(path) << "port: 1\n";
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(ReadSettingFile(path).settings.size(), 1u);
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  EXPECT_THAT(ReadSettingFile(path).problems,
              ElementsAre(AllOf(HasSubstr("--config: "), HasSubstr(path),
                                HasSubstr("written by everybody"))));
  EXPECT_THAT(ReadSettingFile(path + "x").problems,
              ElementsAre(HasSubstr("No such file")));
}

}  // namespace
}  // namespace smon
