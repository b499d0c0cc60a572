#include "server/gateway/json_text.h"

#include <charconv>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"

namespace smon {
namespace {

// Go's strconv.AppendFloat(x, format, -1, bits) with encoding/json's choice of
// the format: shortest digits that read back, an exponent only for the very
// small and the very large.
template <typename Float>
void AppendFloat(Float value, std::string* out) {
  if (std::isnan(value)) {
    out->append("\"NaN\"");
    return;
  }
  if (std::isinf(value)) {
    out->append(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                                 std::chars_format::scientific);
  absl::string_view text(buffer, end.ptr - buffer);  // "-1.25e+03"
  if (absl::ConsumePrefix(&text, "-")) out->push_back('-');
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits.append(text.begin() + 2, text.begin() + e);
  int exponent = 0;
  const size_t sign = text[e + 1] == '+' ? 2 : 1;
  std::from_chars(text.begin() + e + sign, text.end(), exponent);

  const Float magnitude = std::abs(value);
  if (magnitude != 0 && (magnitude < static_cast<Float>(1e-6) ||
                         magnitude >= static_cast<Float>(1e21))) {
    out->append(digits, 0, 1);
    if (digits.size() > 1) absl::StrAppend(out, ".", digits.substr(1));
    absl::StrAppend(out, "e", exponent < 0 ? "-" : "+", std::abs(exponent));
    return;
  }
  const int whole = exponent + 1;  // digits before the point
  if (whole <= 0) {
    absl::StrAppend(out, "0.", std::string(-whole, '0'), digits);
  } else if (static_cast<int>(digits.size()) <= whole) {
    absl::StrAppend(out, digits, std::string(whole - digits.size(), '0'));
  } else {
    absl::StrAppend(out, digits.substr(0, whole), ".", digits.substr(whole));
  }
}

}  // namespace

void AppendJsonFloat(float value, std::string* out) { AppendFloat(value, out); }
void AppendJsonFloat(double value, std::string* out) {
  AppendFloat(value, out);
}

void AppendJsonString(absl::string_view text, std::string* out) {
  std::string repaired;
  if (!IsValidUtf8(text)) {
    repaired = ToValidUtf8(text);
    text = repaired;
  }
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out->push_back('\\');
        out->push_back(c);
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(out, "\\u%04x", c);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

bool IsFieldPath(absl::string_view text) {
  for (const absl::string_view name : absl::StrSplit(text, '.')) {
    if (name.empty() || absl::ascii_isdigit(name[0])) return false;
    for (const char c : name) {
      if (!absl::ascii_isalnum(c) && c != '_') return false;
    }
  }
  return true;
}

std::string EscapeJsonForHtml(absl::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<' || c == '>' || c == '&') {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else if (absl::StartsWith(json.substr(i), "\xe2\x80\xa8") ||
               absl::StartsWith(json.substr(i), "\xe2\x80\xa9")) {
      absl::StrAppendFormat(&out, "\\u20%02x", json[i + 2] & 0x7f);
      i += 2;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace smon
