#include "server/gateway/go_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/gateway/go_base64.h"
#include "server/gateway/go_time.h"

namespace smon {
namespace {

template <typename T>
std::string ErrorOf(const absl::StatusOr<T>& result) {
  return result.ok() ? "no error" : std::string(result.status().message());
}

TEST(GoTextTest, QuotesAsGoDoes) {
  EXPECT_EQ(GoQuote("plain"), R"("plain")");
  EXPECT_EQ(GoQuote("a\"\\\n\x01\x7f"), R"("a\"\\\n\x01\x7f")");
  EXPECT_EQ(GoQuote("\xc3\xa9\xff\xe2\x82"), "\"\xc3\xa9\\xff\\xe2\\x82\"");
}

TEST(GoTextTest, ReadsIntegers) {
  EXPECT_EQ(*GoParseInt("-2147483648", 32), INT32_MIN);
  EXPECT_EQ(*GoParseInt("+7", 64), 7);
  EXPECT_EQ(*GoParseInt("9223372036854775807", 64), INT64_MAX);
  EXPECT_EQ(*GoParseUint("18446744073709551615", 64), UINT64_MAX);
}

TEST(GoTextTest, NamesTheIntegerThatCannotBeRead) {
  EXPECT_EQ(ErrorOf(GoParseInt("x", 32)),
            R"(strconv.ParseInt: parsing "x": invalid syntax)");
  EXPECT_EQ(ErrorOf(GoParseInt("", 32)),
            R"(strconv.ParseInt: parsing "": invalid syntax)");
  EXPECT_EQ(ErrorOf(GoParseInt(" 1", 32)),
            R"(strconv.ParseInt: parsing " 1": invalid syntax)");
  EXPECT_EQ(ErrorOf(GoParseInt("2147483648", 32)),
            R"(strconv.ParseInt: parsing "2147483648": value out of range)");
  EXPECT_EQ(ErrorOf(GoParseUint("-1", 32)),
            R"(strconv.ParseUint: parsing "-1": invalid syntax)");
  EXPECT_EQ(ErrorOf(GoParseUint("4294967296", 32)),
            R"(strconv.ParseUint: parsing "4294967296": value out of range)");
}

TEST(GoTextTest, ReadsBooleansAndFloats) {
  EXPECT_TRUE(*GoParseBool("True"));
  EXPECT_FALSE(*GoParseBool("0"));
  EXPECT_EQ(ErrorOf(GoParseBool("yes")),
            R"(strconv.ParseBool: parsing "yes": invalid syntax)");
  EXPECT_EQ(*GoParseFloat("1e3", 64), 1000);
  EXPECT_EQ(ErrorOf(GoParseFloat("1e999", 64)),
            R"(strconv.ParseFloat: parsing "1e999": value out of range)");
  EXPECT_EQ(ErrorOf(GoParseFloat("1x", 64)),
            R"(strconv.ParseFloat: parsing "1x": invalid syntax)");
}

TEST(GoTextTest, ReadsTimes) {
  EXPECT_EQ(*GoParseTime("1970-01-01T00:00:00Z"), absl::UnixEpoch());
  EXPECT_EQ(*GoParseTime("1970-01-01T01:00:00.5+01:00"),
            absl::UnixEpoch() + absl::Milliseconds(500));
  EXPECT_EQ(*GoParseTime("2024-02-29T23:59:59.123456789Z"),
            absl::FromUnixSeconds(1709251199) + absl::Nanoseconds(123456789));
  EXPECT_EQ(*GoParseTime("1969-12-31T23:59:59.9999999999Z"),
            absl::UnixEpoch() - absl::Nanoseconds(1));
}

// The messages are those of Go 1.26's time.Parse.
TEST(GoTextTest, NamesThePartOfATimeThatCannotBeRead) {
  const auto error = [](const char* text) {
    return ErrorOf(GoParseTime(text));
  };
  EXPECT_EQ(error("yesterday"), R"(parsing time "yesterday" as )"
                                R"("2006-01-02T15:04:05.999999999Z07:00": )"
                                R"(cannot parse "yesterday" as "2006")");
  EXPECT_EQ(error("2026-11-22"),
            R"(parsing time "2026-11-22" as )"
            R"("2006-01-02T15:04:05.999999999Z07:00": cannot parse "" as "T")");
  EXPECT_EQ(error("2026-11-22T10:00:00"),
            R"(parsing time "2026-11-22T10:00:00" as )"
            R"("2006-01-02T15:04:05.999999999Z07:00": )"
            R"(cannot parse "" as "Z07:00")");
  EXPECT_EQ(error("2026-11-22T10:00:00 01:00"),
            R"(parsing time "2026-11-22T10:00:00 01:00" as )"
            R"("2006-01-02T15:04:05.999999999Z07:00": )"
            R"(cannot parse " 01:00" as "Z07:00")");
  EXPECT_EQ(error("2026-13-22T10:00:00Z"),
            R"(parsing time "2026-13-22T10:00:00Z": month out of range)");
  EXPECT_EQ(error("2026-02-30T10:00:00Z"),
            R"(parsing time "2026-02-30T10:00:00Z": day out of range)");
  EXPECT_EQ(error("2026-02-03T24:00:00Z"),
            R"(parsing time "2026-02-03T24:00:00Z": hour out of range)");
  EXPECT_EQ(error("2026-02-03T23:00:60Z"),
            R"(parsing time "2026-02-03T23:00:60Z": second out of range)");
  EXPECT_EQ(error("2026-02-03T23:00:00Zx"),
            R"(parsing time "2026-02-03T23:00:00Zx": extra text: "x")");
}

TEST(GoTextTest, QuotesWhatIsNotPrintable) {
  EXPECT_EQ(GoQuote("\xc2\xa0\xe2\x80\xa8\xf3\xa0\x80\x81"),
            R"("\u00a0\u2028\U000e0001")");
  EXPECT_EQ(GoQuote("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"");
}

TEST(GoTextTest, ReadsFloatsByGosSyntax) {
  EXPECT_EQ(*GoParseFloat("1_000.5", 64), 1000.5);
  EXPECT_EQ(*GoParseFloat("0x1p-2", 64), 0.25);
  EXPECT_EQ(*GoParseFloat("+Infinity", 64), INFINITY);
  for (const char* bad : {"", ".", "e5", "1e", "0x10", "-nan", "1__0", "_1",
                          " 1", "1 ", "infinit"}) {
    EXPECT_FALSE(GoParseFloat(bad, 64).ok()) << bad;
  }
}

TEST(GoTextTest, ReadsDurations) {
  EXPECT_EQ(*GoParseDuration("1h2m3.5s"),
            absl::Hours(1) + absl::Minutes(2) + absl::Milliseconds(3500));
  EXPECT_EQ(*GoParseDuration("-300ms"), absl::Milliseconds(-300));
  EXPECT_EQ(*GoParseDuration("0"), absl::ZeroDuration());
  EXPECT_EQ(*GoParseDuration("9223372036.854775807s"),
            absl::Nanoseconds(INT64_MAX));
  EXPECT_EQ(ErrorOf(GoParseDuration("9223372036.854775808s")),
            R"(time: invalid duration "9223372036.854775808s")");
  EXPECT_EQ(ErrorOf(GoParseDuration("1")),
            R"(time: missing unit in duration "1")");
  EXPECT_EQ(ErrorOf(GoParseDuration("1d")),
            R"(time: unknown unit "d" in duration "1d")");
  EXPECT_EQ(ErrorOf(GoParseDuration("-")), R"(time: invalid duration "-")");
}

TEST(GoTextTest, DecodesBase64) {
  const auto decode = [](const char* text, bool padded) {
    const auto bytes = GoBase64Decode(text, GoBase64::kStandard, padded);
    return bytes.ok() ? *bytes : ErrorOf(bytes);
  };
  EXPECT_EQ(decode("aGVs\nbG8=", true), "hello");
  EXPECT_EQ(decode("aGVsbG8", false), "hello");
  EXPECT_EQ(decode("aGVsbG8", true), "illegal base64 data at input byte 4");
  EXPECT_EQ(decode("aGVsbG8=", false), "illegal base64 data at input byte 7");
  EXPECT_EQ(decode("YQ=", true), "illegal base64 data at input byte 3");
  EXPECT_EQ(decode("YQ==x", true), "illegal base64 data at input byte 4");
  EXPECT_EQ(decode("_w==", true), "illegal base64 data at input byte 0");
  EXPECT_EQ(*GoBase64Decode("_w==", GoBase64::kUrl, true), "\xff");
}

}  // namespace
}  // namespace smon
