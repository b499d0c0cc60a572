#include "client/time_format.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace smon::client {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

// What a Timestamp may hold: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;

// Whole units, the largest of which there are at least two, or one of days.
std::string Rough(absl::Duration span) {
  if (span < absl::Minutes(2)) {
    return absl::StrCat(absl::ToInt64Seconds(span), "s");
  }
  if (span < absl::Hours(2)) {
    return absl::StrCat(absl::ToInt64Minutes(span), "m");
  }
  if (span < 2 * kDay) return absl::StrCat(absl::ToInt64Hours(span), "h");
  return absl::StrCat(span / kDay, "d");
}

// absl::ParseDuration, and weeks and days before it: "1w2d3h".
bool ParseSpan(absl::string_view text, absl::Duration* span) {
  *span = absl::ZeroDuration();
  bool any = false;
  const std::array<std::pair<char, absl::Duration>, 2> units = {
      {{'w', 7 * kDay}, {'d', kDay}}};
  for (const auto& [unit, length] : units) {
    const size_t end = text.find(unit);
    if (end == absl::string_view::npos) continue;
    uint32_t count = 0;
    if (!absl::SimpleAtoi(text.substr(0, end), &count)) return false;
    *span += count * length;
    text.remove_prefix(end + 1);
    any = true;
  }
  if (any && text.empty()) return true;
  absl::Duration rest;
  if (text.empty() || !absl::ascii_isdigit(text[0]) ||
      !absl::ParseDuration(text, &rest)) {
    return false;
  }
  *span += rest;
  return *span < absl::InfiniteDuration();
}

// Words for a time, as sacct has them, and spans before now: "6h" as kubectl
// takes them, "-6h" as journalctl, and "now-6h" as sacct.
bool ParseRelative(absl::string_view text, absl::Time now, absl::TimeZone zone,
                   absl::Time* time) {
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  *time = now;
  if (text == "now") return true;
  if (text == "today" || text == "yesterday") {
    *time = absl::FromCivil(text == "today" ? today : today - 1, zone);
    return true;
  }
  if (absl::ConsumePrefix(&text, "now") && text[0] != '-') return false;
  absl::ConsumePrefix(&text, "-");
  absl::Duration span;
  if (!ParseSpan(text, &span)) return false;
  *time = now - span;
  return true;
}

}  // namespace

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

std::string FormatRelative(absl::Time time, absl::Time now,
                           absl::TimeZone zone) {
  const absl::Duration age = now - time;
  if (absl::AbsDuration(age) > 14 * kDay) {
    return absl::FormatTime("%Y-%m-%d", time, zone);
  }
  return age >= absl::ZeroDuration() ? absl::StrCat(Rough(age), " ago")
                                     : absl::StrCat("in ", Rough(-age));
}

std::string FormatLocal(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, zone);
}

std::string FormatRfc3339(const google::protobuf::Timestamp& time) {
  const int64_t seconds = time.seconds();
  const int32_t nanos = time.nanos();
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 ||
      nanos > 999999999) {
    return "";
  }
  const absl::CivilSecond civil =
      absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  std::string text = absl::StrFormat(
      "%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(), civil.day(),
      civil.hour(), civil.minute(), civil.second());
  if (nanos % 1000000 == 0) {
    if (nanos != 0) absl::StrAppendFormat(&text, ".%03d", nanos / 1000000);
  } else if (nanos % 1000 == 0) {
    absl::StrAppendFormat(&text, ".%06d", nanos / 1000);
  } else {
    absl::StrAppendFormat(&text, ".%09d", nanos);
  }
  return absl::StrCat(text, "Z");
}

std::string FormatElapsed(absl::Duration elapsed) {
  const int64_t seconds =
      absl::ToInt64Seconds(std::max(elapsed, absl::ZeroDuration()));
  const int64_t days = seconds / 86400;
  const std::string clock = absl::StrFormat(
      "%02d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return days == 0 ? clock : absl::StrCat(days, "-", clock);
}

absl::StatusOr<absl::Time> ParseTime(absl::string_view text, absl::Time now,
                                     absl::TimeZone zone) {
  absl::Time time;
  if (ParseRelative(text, now, zone, &time)) return time;
  for (const char* format :
       {absl::RFC3339_full, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::string error;
    if (absl::ParseTime(format, text, zone, &time, &error) &&
        time > absl::InfinitePast() && time < absl::InfiniteFuture()) {
      return time;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("bad time '", text,
                   "': give e.g. 6h or 2d (ago), today, yesterday, 2026-11-22, "
                   "2026-11-22T14:03 or 2026-11-22T14:03:11Z"));
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  double seconds = 0;
  absl::Duration duration;
  if (absl::SimpleAtod(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(std::string(text), &duration)) {
    duration = absl::ZeroDuration();
  }
  if (duration >= absl::Milliseconds(1) && duration <= absl::Hours(24)) {
    return duration;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text,
                   "' is no time from 1ms to 24h: give seconds, or 500ms, 30s, "
                   "1m30s"));
}

}  // namespace smon::client
