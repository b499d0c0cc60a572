#include "server/gateway/go_text.h"

#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/utf8.h"

namespace smon {
namespace {

absl::Status NumberError(absl::string_view function, absl::string_view text,
                         absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "strconv.", function, ": parsing ", GoQuote(text), ": ", what));
}

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
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
    Check(rest_.empty(), absl::StrCat("extra text: ", GoQuote(rest_)));
  }

  void Check(bool good, absl::string_view what) {
    if (status_.ok() && !good) {
      status_ = absl::InvalidArgumentError(
          absl::StrCat("parsing time ", GoQuote(text_), ": ", what));
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  void CannotParse(absl::string_view element) {
    status_ = absl::InvalidArgumentError(absl::StrCat(
        "parsing time ", GoQuote(text_),
        " as \"2006-01-02T15:04:05.999999999Z07:00\": cannot parse ",
        GoQuote(rest_), " as ", GoQuote(element)));
  }

  const absl::string_view text_;
  absl::string_view rest_;
  absl::Status status_;
};

}  // namespace

std::string GoQuote(absl::string_view text) {
  std::string out = "\"";
  // ToValidUtf8 turns what is not UTF-8 into \xhh, as Go does; the backslashes
  // that it adds must not be doubled, hence the pieces.
  for (size_t i = 0; i < text.size();) {
    size_t size = 1;
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      while (size < 4 && !IsValidUtf8(text.substr(i, size))) ++size;
      const absl::string_view character = text.substr(i, size);
      if (IsValidUtf8(character)) {
        absl::StrAppend(&out, character);
      } else {
        size = 1;
        absl::StrAppendFormat(&out, "\\x%02x",
                              static_cast<unsigned char>(text[i]));
      }
      i += size;
      continue;
    }
    const char c = text[i++];
    constexpr absl::string_view kNamed = "\a\b\f\n\r\t\v";
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (const size_t name = kNamed.find(c);
               name != absl::string_view::npos) {
      out.push_back('\\');
      out.push_back("abfnrtv"[name]);
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\x%02x", c);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

absl::StatusOr<int64_t> GoParseInt(absl::string_view text, int bits) {
  absl::string_view digits = text;
  if (!absl::ConsumePrefix(&digits, "-")) absl::ConsumePrefix(&digits, "+");
  if (!AllDigits(digits))
    return NumberError("ParseInt", text, "invalid syntax");
  int64_t value = 0;
  const int64_t least = bits == 32 ? std::numeric_limits<int32_t>::min()
                                   : std::numeric_limits<int64_t>::min();
  const int64_t most = bits == 32 ? std::numeric_limits<int32_t>::max()
                                  : std::numeric_limits<int64_t>::max();
  if (!absl::SimpleAtoi(absl::StripPrefix(text, "+"), &value) ||
      value < least || value > most) {
    return NumberError("ParseInt", text, "value out of range");
  }
  return value;
}

absl::StatusOr<uint64_t> GoParseUint(absl::string_view text, int bits) {
  if (!AllDigits(text)) return NumberError("ParseUint", text, "invalid syntax");
  uint64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) ||
      (bits == 32 && value > std::numeric_limits<uint32_t>::max())) {
    return NumberError("ParseUint", text, "value out of range");
  }
  return value;
}

absl::StatusOr<double> GoParseFloat(absl::string_view text, int bits) {
  double value = 0;
  // SimpleAtod also strips white space, which Go does not.
  if (text != absl::StripAsciiWhitespace(text) ||
      !absl::SimpleAtod(text, &value)) {
    return NumberError("ParseFloat", text, "invalid syntax");
  }
  const bool spelled_out =
      absl::StrContains(absl::AsciiStrToLower(text), "inf");
  if (!spelled_out && (std::isinf(value) ||
                       (bits == 32 && std::isinf(static_cast<float>(value))))) {
    return NumberError("ParseFloat", text, "value out of range");
  }
  return value;
}

absl::StatusOr<bool> GoParseBool(absl::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return NumberError("ParseBool", text, "invalid syntax");
}

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

}  // namespace smon
