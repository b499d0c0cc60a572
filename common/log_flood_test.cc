#include "common/log_flood.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

constexpr LogSeverity kWarning = LogSeverity::kWarning;

// Of so many lines at one time, how many are written.
int Written(LogFlood* flood, absl::string_view message, int lines,
            absl::Duration now, LogSeverity severity = kWarning) {
  int written = 0;
  for (int i = 0; i < lines; ++i) {
    written += flood->Admit(severity, message, now) ? 1 : 0;
  }
  return written;
}

TEST(LogFloodTest, SoManyOfOneMessageAreWrittenASecond) {
  LogFlood flood(10);
  EXPECT_EQ(Written(&flood, "a", 10, absl::Seconds(5)), 10);
  EXPECT_EQ(Written(&flood, "a", 90, absl::Seconds(5.9)), 0);
  EXPECT_EQ(Written(&flood, "a", 12, absl::Seconds(6)), 10);
}

TEST(LogFloodTest, OtherMessagesAndSeveritiesAreNotHidden) {
  LogFlood flood(10);
  Written(&flood, "a", 100, absl::Seconds(5));
  EXPECT_EQ(Written(&flood, "b", 3, absl::Seconds(5)), 3);
  EXPECT_EQ(Written(&flood, "a", 3, absl::Seconds(5), LogSeverity::kError), 3);
}

TEST(LogFloodTest, WhatWasLeftOutIsToldOnceWhenItsSecondIsOver) {
  LogFlood flood(10);
  Written(&flood, "a", 100, absl::Seconds(5));
  Written(&flood, "b", 10, absl::Seconds(5));
  EXPECT_TRUE(flood.Take(absl::Seconds(5.5)).empty());
  const auto left_out = flood.Take(absl::Seconds(6));
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_EQ(left_out[0].message, "a");
  EXPECT_EQ(left_out[0].severity, kWarning);
  EXPECT_EQ(left_out[0].lines, 90);
  EXPECT_TRUE(flood.Take(absl::Seconds(7)).empty());
}

TEST(LogFloodTest, AFloodThatGoesOnIsToldOfToo) {
  LogFlood flood(10);
  Written(&flood, "a", 30, absl::Seconds(5));
  Written(&flood, "a", 15, absl::Seconds(6));
  const auto left_out = flood.Take(absl::Seconds(6.5));
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_EQ(left_out[0].lines, 20);
}

TEST(LogFloodTest, LinesForDebuggingAreAllWritten) {
  LogFlood flood(10);
  EXPECT_EQ(Written(&flood, "a", 50, absl::Seconds(5), LogSeverity::kDebug),
            50);
}

TEST(LogFloodTest, ManyMessagesTakeNoMoreRoomThanThereIs) {
  LogFlood flood(1);
  for (int i = 0; i < 5000; ++i) {
    flood.Admit(kWarning, absl::StrCat("message ", i), absl::Seconds(5));
  }
  EXPECT_EQ(Written(&flood, "message 4999", 5, absl::Seconds(5)), 5);
  flood.Take(absl::Seconds(6));
  EXPECT_EQ(Written(&flood, "message 4999", 5, absl::Seconds(6)), 1);
}

TEST(LogFloodTest, TheLogSaysHowManyLinesItLeftOut) {
  const auto lines_of = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) LogWarning("flood", {{"job_id", i}});
  for (int i = 0; i < 150; ++i) LogInfoAlways("audit", {{"who", i}});
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_LT(lines_of(written), 1150);
  EXPECT_GE(lines_of(written), 100 + 150);
  EXPECT_TRUE(absl::StrContains(written, "audit who=149"));

  std::string summary;
  while (summary.empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ::testing::internal::CaptureStderr();
    LogWhatWasLeftOut();
    summary = ::testing::internal::GetCapturedStderr();
  }
  EXPECT_EQ(lines_of(summary), 1) << summary;
  EXPECT_TRUE(absl::StrContains(
      summary, "WARNING more lines of a message were left out of=flood lines="))
      << summary;
}

}  // namespace
}  // namespace smon
