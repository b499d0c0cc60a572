#include "common/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace smon {
namespace {

struct Decoded {
  size_t length = 0;  // 0: the first byte starts no well-formed character
  uint32_t code_point = 0;
};

Decoded DecodeFirst(absl::string_view in) {
  const auto byte = [in](size_t i) -> uint32_t {
    return static_cast<unsigned char>(in[i]);
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return {1, first};
  size_t length = 0;
  uint32_t code_point = 0;
  uint32_t least = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2, code_point = first & 0x1F, least = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3, code_point = first & 0x0F, least = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4, code_point = first & 0x07, least = 0x10000;
  } else {
    return {};
  }
  if (in.size() < length) return {};
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || surrogate) return {};
  return {length, code_point};
}

bool IsHarmful(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) ||  // C0, DEL, C1
         c == 0x2028 || c == 0x2029 ||            // line separators
         c == 0x200E || c == 0x200F || c == 0x061C ||
         (c >= 0x202A && c <= 0x202E) ||  // bidirectional controls
         (c >= 0x2066 && c <= 0x2069);
}

void AppendEscaped(uint32_t c, std::string* out) {
  if (c == '\n') {
    out->append("\\n");
  } else if (c == '\t') {
    out->append("\\t");
  } else if (c == '\r') {
    out->append("\\r");
  } else if (c < 0x80) {
    absl::StrAppendFormat(out, "\\x%02x", c);
  } else {
    absl::StrAppendFormat(out, "\\u%04x", c);
  }
}

constexpr size_t kEscapeSize = 4;  // \xHH

bool StartsWithEscape(absl::string_view text) {
  return text.size() >= kEscapeSize && text[0] == '\\' && text[1] == 'x' &&
         absl::ascii_isxdigit(text[2]) && absl::ascii_isxdigit(text[3]);
}

uint32_t HexValue(char digit) {
  return absl::ascii_isdigit(digit) ? digit - '0'
                                    : absl::ascii_tolower(digit) - 'a' + 10;
}

std::string Escape(absl::string_view in, bool controls_too) {
  std::string out;
  out.reserve(in.size());
  while (!in.empty()) {
    const Decoded next = DecodeFirst(in);
    if (next.length == 0) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(in[0]));
      in.remove_prefix(1);
      continue;
    }
    if (controls_too && IsHarmful(next.code_point)) {
      AppendEscaped(next.code_point, &out);
    } else {
      absl::StrAppend(&out, in.substr(0, next.length));
    }
    in.remove_prefix(next.length);
  }
  return out;
}

}  // namespace

bool IsValidUtf8(absl::string_view bytes) {
  while (!bytes.empty()) {
    const Decoded next = DecodeFirst(bytes);
    if (next.length == 0) return false;
    bytes.remove_prefix(next.length);
  }
  return true;
}

std::string ToValidUtf8(absl::string_view bytes) {
  if (IsValidUtf8(bytes)) return std::string(bytes);
  return Escape(bytes, /*controls_too=*/false);
}

std::string BytesToText(absl::string_view bytes) {
  if (bytes.find("\\x") == absl::string_view::npos) return ToValidUtf8(bytes);
  std::string text;
  while (!bytes.empty()) {
    const size_t next = bytes.find('\\', 1);
    if (StartsWithEscape(bytes)) {
      text.append("\\x5c");
      bytes.remove_prefix(1);
      continue;
    }
    text.append(ToValidUtf8(bytes.substr(0, next)));
    bytes.remove_prefix(std::min(next, bytes.size()));
  }
  return text;
}

std::string TextToBytes(absl::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    if (StartsWithEscape(text)) {
      bytes.push_back(
          static_cast<char>(HexValue(text[2]) << 4 | HexValue(text[3])));
      text.remove_prefix(kEscapeSize);
      continue;
    }
    const size_t next = std::min(text.find('\\', 1), text.size());
    bytes.append(text.data(), next);
    text.remove_prefix(next);
  }
  return bytes;
}

std::string ToPrintable(absl::string_view bytes) {
  return Escape(bytes, /*controls_too=*/true);
}

}  // namespace smon
