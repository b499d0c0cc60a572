#include "server/gateway/go_text.h"

#include <re2/re2.h>

#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"

namespace smon {
namespace {

absl::Status NumberError(absl::string_view function, absl::string_view text,
                         absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "strconv.", function, ": parsing ", GoQuote(text), ": ", what));
}

re2::StringPiece ToPiece(absl::string_view text) {
  return {text.data(), text.size()};
}

// A character beyond ASCII: as it is where Go holds it to be printable.
void AppendCharacter(absl::string_view utf8, std::string* out) {
  static const auto* const kPrintable = new RE2(R"([\pL\pM\pN\pP\pS])");
  if (RE2::FullMatch(ToPiece(utf8), *kPrintable)) {
    absl::StrAppend(out, utf8);
    return;
  }
  uint32_t rune = static_cast<unsigned char>(utf8[0]) & (0xff >> utf8.size());
  for (const char c : utf8.substr(1)) rune = rune << 6 | (c & 0x3f);
  if (rune < 0x10000) {
    absl::StrAppendFormat(out, "\\u%04x", rune);
  } else {
    absl::StrAppendFormat(out, "\\U%08x", rune);
  }
}

// Go's syntax of a floating-point number, which has "_" between digits.
bool IsFloat(absl::string_view text) {
  static const auto* const kFloat =
      new RE2(R"((?i)[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*))"
              R"((e[+-]?\d+(_\d+)*)?)"
              R"(|[+-]?0x(_?[\da-f]+(_[\da-f]+)*(\.([\da-f]+(_[\da-f]+)*)?)?)"
              R"(|\.[\da-f]+(_[\da-f]+)*)p[+-]?\d+(_\d+)*)"
              R"(|nan|[+-]?inf(inity)?)");
  return RE2::FullMatch(ToPiece(text), *kFloat);
}

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
}

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
        AppendCharacter(character, &out);
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
  if (!IsFloat(text) ||
      !absl::SimpleAtod(absl::StrReplaceAll(text, {{"_", ""}}), &value)) {
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

}  // namespace smon
