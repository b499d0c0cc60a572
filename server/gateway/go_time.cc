#include "server/gateway/go_time.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace smon {
namespace {

// time's own quote(): what is not printable ASCII is \xhh, byte by byte.
std::string Quote(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c < ' ' || static_cast<unsigned char>(c) >= 0x80) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
}

// time.leadingInt: the digits at the start of `text`, cut off. False when they
// do not fit.
bool CutInteger(absl::string_view* text, uint64_t* value) {
  size_t size = 0;
  while (size < text->size() && absl::ascii_isdigit((*text)[size])) ++size;
  const absl::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  *value = 0;
  return digits.empty() ||
         (absl::SimpleAtoi(digits, value) && *value <= uint64_t{1} << 63);
}

// Nanoseconds; 0 for an unknown unit.
uint64_t UnitNanos(absl::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\u00b5s" || unit == "\u03bcs") return 1000;
  if (unit == "ms") return 1000000;
  if (unit == "s") return 1000000000;
  if (unit == "m") return uint64_t{60} * 1000000000;
  if (unit == "h") return uint64_t{3600} * 1000000000;
  return 0;
}

// Reads the parts of a time one by one and remembers the first that does not
// fit, as time.Parse does.
class TimeReader {
 public:
  explicit TimeReader(absl::string_view text) : text_(text), rest_(text) {}

  // Exactly `digits` digits, or one to `digits` when `shorter`.
  int Number(absl::string_view element, size_t digits, bool shorter = false) {
    if (!status_.ok()) return 0;
    size_t size = 0;
    while (size < digits && size < rest_.size() &&
           absl::ascii_isdigit(rest_[size])) {
      ++size;
    }
    if (size == 0 || (size < digits && !shorter)) {
      CannotParse(element);
      return 0;
    }
    int value = 0;
    (void)absl::SimpleAtoi(rest_.substr(0, size), &value);
    rest_.remove_prefix(size);
    return value;
  }

  void Literal(absl::string_view literal) {
    if (status_.ok() && !absl::ConsumePrefix(&rest_, literal)) {
      CannotParse(literal);
    }
  }

  // ".5" as nanoseconds; nothing is 0.
  int64_t Fraction() {
    if (!status_.ok() || rest_.size() < 2 ||
        (rest_[0] != '.' && rest_[0] != ',') ||
        !absl::ascii_isdigit(rest_[1])) {
      return 0;
    }
    rest_.remove_prefix(1);
    int64_t nanos = 0;
    for (int64_t unit = 100000000;
         !rest_.empty() && absl::ascii_isdigit(rest_[0]); unit /= 10) {
      nanos += unit * (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return nanos;
  }

  // "Z" or "+01:00".
  absl::Duration Zone() {
    constexpr absl::string_view kElement = "Z07:00";
    if (!status_.ok() || absl::ConsumePrefix(&rest_, "Z")) {
      return absl::ZeroDuration();
    }
    if (rest_.size() < 6 || (rest_[0] != '+' && rest_[0] != '-') ||
        rest_[3] != ':' || !AllDigits(rest_.substr(1, 2)) ||
        !AllDigits(rest_.substr(4, 2))) {
      CannotParse(kElement);
      return absl::ZeroDuration();
    }
    int hours = 0;
    int minutes = 0;
    (void)absl::SimpleAtoi(rest_.substr(1, 2), &hours);
    (void)absl::SimpleAtoi(rest_.substr(4, 2), &minutes);
    const int sign = rest_[0] == '-' ? -1 : 1;
    rest_.remove_prefix(6);
    Check(hours <= 24, "time zone offset hour out of range");
    Check(minutes <= 60, "time zone offset minute out of range");
    return sign * (absl::Hours(hours) + absl::Minutes(minutes));
  }

  void End() {
    Check(rest_.empty(), absl::StrCat("extra text: ", Quote(rest_)));
  }

  void Check(bool good, absl::string_view what) {
    if (status_.ok() && !good) {
      status_ = absl::InvalidArgumentError(
          absl::StrCat("parsing time ", Quote(text_), ": ", what));
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  void CannotParse(absl::string_view element) {
    status_ = absl::InvalidArgumentError(absl::StrCat(
        "parsing time ", Quote(text_),
        " as \"2006-01-02T15:04:05.999999999Z07:00\": cannot parse ",
        Quote(rest_), " as ", Quote(element)));
  }

  const absl::string_view text_;
  absl::string_view rest_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<absl::Time> GoParseTime(absl::string_view text) {
  TimeReader reader(text);
  const int year = reader.Number("2006", 4);
  reader.Literal("-");
  const int month = reader.Number("01", 2);
  reader.Check(month >= 1 && month <= 12, "month out of range");
  reader.Literal("-");
  const int day = reader.Number("02", 2);
  reader.Literal("T");
  const int hour = reader.Number("15", 2, /*shorter=*/true);
  reader.Check(hour < 24, "hour out of range");
  reader.Literal(":");
  const int minute = reader.Number("04", 2);
  reader.Check(minute < 60, "minute out of range");
  reader.Literal(":");
  const int second = reader.Number("05", 2);
  reader.Check(second < 60, "second out of range");
  const int64_t nanos = reader.Fraction();
  const absl::Duration offset = reader.Zone();
  reader.End();
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // A day that the month does not have is normalised into another one.
  reader.Check(civil.day() == day && civil.month() == month,
               "day out of range");
  if (!reader.status().ok()) return reader.status();
  return absl::FromCivil(civil, absl::UTCTimeZone()) - offset +
         absl::Nanoseconds(nanos);
}

absl::StatusOr<absl::Duration> GoParseDuration(absl::string_view text) {
  const absl::Status invalid = absl::InvalidArgumentError(
      absl::StrCat("time: invalid duration ", Quote(text)));
  constexpr uint64_t kMost = uint64_t{1} << 63;
  absl::string_view rest = text;
  const bool negative = absl::ConsumePrefix(&rest, "-");
  if (!negative) absl::ConsumePrefix(&rest, "+");
  if (rest == "0") return absl::ZeroDuration();
  if (rest.empty()) return invalid;
  uint64_t total = 0;
  while (!rest.empty()) {
    const absl::string_view before = rest;
    uint64_t whole = 0;
    if (!CutInteger(&rest, &whole)) return invalid;
    bool any = rest.size() < before.size();
    double fraction = 0;
    if (absl::ConsumePrefix(&rest, ".")) {
      for (double unit = 0.1; !rest.empty() && absl::ascii_isdigit(rest[0]);
           unit /= 10) {
        fraction += unit * (rest[0] - '0');
        rest.remove_prefix(1);
        any = true;
      }
    }
    if (!any) return invalid;
    const size_t size =
        std::min(rest.find_first_of(".0123456789"), rest.size());
    if (size == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("time: missing unit in duration ", Quote(text)));
    }
    const absl::string_view name = rest.substr(0, size);
    rest.remove_prefix(size);
    const uint64_t unit = UnitNanos(name);
    if (unit == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "time: unknown unit ", Quote(name), " in duration ", Quote(text)));
    }
    if (whole > kMost / unit) return invalid;
    whole *= unit;
    whole += static_cast<uint64_t>(std::llround(fraction * unit));
    if (whole > kMost || total + whole > kMost) return invalid;
    total += whole;
  }
  if (!negative && total == kMost) return invalid;
  return absl::Nanoseconds(
      static_cast<int64_t>(negative ? uint64_t{0} - total : total));
}

}  // namespace smon
