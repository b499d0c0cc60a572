#include "common/log.h"

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace smon {
namespace {

constexpr char kTime[] = "2026-11-22T20:40:01.123Z";

TEST(LogTest, TextLineHasTimeSeverityMessageAndFields) {
  EXPECT_EQ(FormatLogLine(LogFormat::kText, kTime, LogSeverity::kInfo,
                          "verdict", {{"job_id", "12_3"}, {"attempts", 2}}),
            "2026-11-22T20:40:01.123Z INFO verdict job_id=12_3 attempts=2");
}

TEST(LogTest, AJobNameCannotForgeALogLine) {
  const std::string line = FormatLogLine(
      LogFormat::kText, kTime, LogSeverity::kInfo, "job",
      {{"name", "x\n2026-11-22T20:40:01.123Z ERROR \"forged\" \x1B[2J"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1B'), std::string::npos);
  EXPECT_NE(line.find("\\\"forged\\\""), std::string::npos);
}

TEST(LogTest, JsonLineParsesWhateverTheValuesHold) {
  const std::string line =
      FormatLogLine(LogFormat::kJson, kTime, LogSeverity::kError, "job",
                    {{"name", "\xFF\"\n"}, {"empty", ""}});
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["level"], "ERROR");
  EXPECT_EQ(json["name"], "\\xff\"\n");
  EXPECT_EQ(json["empty"], "");
}

TEST(LogTest, SeverityIsReadInAnyCase) {
  LogSeverity severity = LogSeverity::kError;
  EXPECT_TRUE(ParseLogSeverity("debug", &severity).ok());
  EXPECT_EQ(severity, LogSeverity::kDebug);
  EXPECT_FALSE(ParseLogSeverity("loud", &severity).ok());
}

}  // namespace
}  // namespace smon
