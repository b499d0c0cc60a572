#include "client/time_format.h"

#include "absl/time/civil_time.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

const absl::TimeZone kZone = absl::FixedTimeZone(3600);
const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 11, 22, 14, 3, 11), kZone);

std::string Relative(absl::Duration age) {
  return FormatRelative(kNow - age, kNow, kZone);
}

TEST(FormatRelativeTest, TakesTheUnitThatSaysEnough) {
  EXPECT_EQ(Relative(absl::ZeroDuration()), "0s ago");
  EXPECT_EQ(Relative(absl::Seconds(119)), "119s ago");
  EXPECT_EQ(Relative(absl::Seconds(120)), "2m ago");
  EXPECT_EQ(Relative(absl::Minutes(119)), "119m ago");
  EXPECT_EQ(Relative(absl::Hours(2)), "2h ago");
  EXPECT_EQ(Relative(absl::Hours(47)), "47h ago");
  EXPECT_EQ(Relative(absl::Hours(48)), "2d ago");
  EXPECT_EQ(Relative(absl::Hours(14 * 24)), "14d ago");
}

TEST(FormatRelativeTest, LongAgoIsADate) {
  EXPECT_EQ(Relative(absl::Hours(15 * 24)), "2026-11-07");
}

TEST(FormatRelativeTest, TheFutureIsInSoMuchTime) {
  EXPECT_EQ(Relative(absl::Seconds(-12)), "in 12s");
}

TEST(FormatLocalTest, IsAsSacctPrintsIt) {
  EXPECT_EQ(FormatLocal(kNow, kZone), "2026-11-22T14:03:11");
}

TEST(FormatElapsedTest, IsAsSacctPrintsIt) {
  EXPECT_EQ(FormatElapsed(absl::Seconds(312)), "00:05:12");
  EXPECT_EQ(FormatElapsed(absl::Hours(26) + absl::Seconds(184)), "1-02:03:04");
  EXPECT_EQ(FormatElapsed(absl::Seconds(-5)), "00:00:00");
}

TEST(ParseTimeTest, ReadsSpansBeforeNow) {
  EXPECT_EQ(*ParseTime("-6h", kNow, kZone), kNow - absl::Hours(6));
  EXPECT_EQ(*ParseTime("-1h30m", kNow, kZone), kNow - absl::Minutes(90));
  EXPECT_EQ(*ParseTime("-2d", kNow, kZone), kNow - absl::Hours(48));
  EXPECT_EQ(*ParseTime("-1d12h", kNow, kZone), kNow - absl::Hours(36));
  EXPECT_EQ(*ParseTime("-1w2d3h", kNow, kZone), kNow - absl::Hours(219));
  EXPECT_EQ(*ParseTime("2w", kNow, kZone), kNow - absl::Hours(336));
  EXPECT_EQ(*ParseTime("6h", kNow, kZone), kNow - absl::Hours(6));
  EXPECT_EQ(*ParseTime("1.5h", kNow, kZone), kNow - absl::Minutes(90));
  EXPECT_EQ(*ParseTime("now-6h", kNow, kZone), kNow - absl::Hours(6));
  EXPECT_EQ(*ParseTime("now-2d", kNow, kZone), kNow - absl::Hours(48));
  EXPECT_EQ(*ParseTime("now", kNow, kZone), kNow);
}

TEST(ParseTimeTest, KnowsTheDaysByTheirNames) {
  EXPECT_EQ(*ParseTime("today", kNow, kZone),
            absl::FromCivil(absl::CivilDay(2026, 11, 22), kZone));
  EXPECT_EQ(*ParseTime("yesterday", kNow, kZone),
            absl::FromCivil(absl::CivilDay(2026, 11, 21), kZone));
}

TEST(ParseTimeTest, ReadsRfc3339) {
  EXPECT_EQ(*ParseTime("2026-11-22T13:03:11Z", kNow, kZone), kNow);
  EXPECT_EQ(*ParseTime("2026-11-22T14:03:11+01:00", kNow, kZone), kNow);
}

TEST(ParseTimeTest, ATimeWithoutAZoneIsLocal) {
  EXPECT_EQ(*ParseTime("2026-11-22T14:03:11", kNow, kZone), kNow);
  for (const char* text : {"2026-11-22T14:03", "2026-11-22 14:03"}) {
    EXPECT_EQ(*ParseTime(text, kNow, kZone), kNow - absl::Seconds(11));
  }
  EXPECT_EQ(*ParseTime("2026-11-22 14:03:11", kNow, kZone), kNow);
  EXPECT_EQ(*ParseTime("2026-11-22", kNow, kZone),
            absl::FromCivil(absl::CivilDay(2026, 11, 22), kZone));
}

TEST(ParseTimeTest, RefusesAnythingElseByName) {
  for (const char* text : {"",
                           "tomorrow",
                           "6",
                           "-6",
                           "--6h",
                           "+6h",
                           "-inf",
                           "inf",
                           "-d",
                           "-w",
                           "-1d-2h",
                           "-1d2w",
                           "-1w1w",
                           "-1.5d",
                           "6 h",
                           "now6h",
                           "now--6h",
                           "now+6h",
                           "now-",
                           "nowadays",
                           "14:03",
                           "infinite-past",
                           "infinite-future",
                           "2026-13-01",
                           "-99999999999d"}) {
    const absl::Status status = ParseTime(text, kNow, kZone).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(absl::string_view(text)),
              absl::string_view::npos);
  }
}

TEST(ParseDurationTest, TakesSecondsAndUnits) {
  EXPECT_EQ(*ParseDuration("30"), absl::Seconds(30));
  EXPECT_EQ(*ParseDuration("0.5"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("1m30s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("24h"), absl::Hours(24));
}

TEST(ParseDurationTest, RefusesAnythingElseByName) {
  for (const char* text : {"", "0", "-1", "nan", "inf", "-inf", "soon", "30 s",
                           "25h", "1us", "infinite-future"}) {
    const absl::Status status = ParseDuration(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(absl::string_view(text)),
              absl::string_view::npos);
  }
}

TEST(ProtoTimeTest, SurvivesTheRoundTrip) {
  const absl::Time time = kNow + absl::Nanoseconds(123456789);
  EXPECT_EQ(FromProto(ToProto(time)), time);
  const absl::Time before_1970 =
      absl::FromUnixSeconds(-2) + absl::Nanoseconds(5);
  EXPECT_EQ(FromProto(ToProto(before_1970)), before_1970);
}

}  // namespace
}  // namespace smon::client
