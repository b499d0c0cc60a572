#include "server/gateway/json_tokens.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "server/gateway/go_text.h"

namespace smon {
namespace {

using Kind = JsonToken::Kind;

// The length of the UTF-8 character that `text` starts with; 0 when there is
// none.
size_t CharacterSize(absl::string_view text) {
  for (size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (IsValidUtf8(text.substr(0, size))) return size;
  }
  return 0;
}

void AppendUtf8(uint32_t rune, std::string* out) {
  const auto push = [out](uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (rune < 0x80) {
    push(rune);
  } else if (rune < 0x800) {
    push(0xc0 | (rune >> 6));
    push(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    push(0xe0 | (rune >> 12));
    push(0x80 | ((rune >> 6) & 0x3f));
    push(0x80 | (rune & 0x3f));
  } else {
    push(0xf0 | (rune >> 18));
    push(0x80 | ((rune >> 12) & 0x3f));
    push(0x80 | ((rune >> 6) & 0x3f));
    push(0x80 | (rune & 0x3f));
  }
}

// Of "\u00e9" at the start of `text`; -1 when it is something else.
int32_t EscapedUnit(absl::string_view text) {
  uint32_t unit = 0;
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u' ||
      !absl::SimpleHexAtoi(text.substr(2, 4), &unit)) {
    return -1;
  }
  return static_cast<int32_t>(unit);
}

constexpr bool IsIn(int32_t unit, int32_t first, int32_t last) {
  return unit >= first && unit <= last;
}

char Unescaped(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

std::string JsonTokens::Place(size_t position) const {
  absl::string_view before = json_.substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  if (const size_t newline = before.rfind('\n');
      newline != absl::string_view::npos) {
    before.remove_prefix(newline + 1);
  }
  size_t column = 1;
  for (; !before.empty(); ++column) {
    before.remove_prefix(std::max<size_t>(CharacterSize(before), 1));
  }
  return absl::StrCat("(line ", line, ":", column, ")");
}

void JsonTokens::SkipSpaceAndCommas() {
  for (; at_ < json_.size(); ++at_) {
    const char c = json_[at_];
    if (c == ',') {
      name_next_ = !open_.empty() && open_.back() == '{';
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      return;
    }
  }
}

JsonToken::Kind JsonTokens::PeekKind() {
  if (!peeked_.has_value()) peeked_ = Read();
  return peeked_->ok() ? (*peeked_)->kind : Kind::kEnd;
}

absl::StatusOr<JsonToken> JsonTokens::Next() {
  if (!peeked_.has_value()) return Read();
  absl::StatusOr<JsonToken> token = *std::move(peeked_);
  peeked_.reset();
  return token;
}

absl::StatusOr<JsonToken> JsonTokens::Read() {
  SkipSpaceAndCommas();
  JsonToken token;
  token.position = at_;
  if (at_ == json_.size()) return token;
  size_t size = 1;
  switch (json_[at_]) {
    case '"':
      return ReadString();
    case '{':
    case '[':
      token.kind = json_[at_] == '{' ? Kind::kObjectOpen : Kind::kArrayOpen;
      name_next_ = json_[at_] == '{';
      open_.push_back(json_[at_]);
      break;
    case '}':
    case ']':
      token.kind = json_[at_] == '}' ? Kind::kObjectClose : Kind::kArrayClose;
      name_next_ = false;
      if (!open_.empty()) open_.pop_back();
      break;
    default:
      size =
          std::min(json_.find_first_of(" \t\r\n,]}", at_), json_.size()) - at_;
      token.value = json_[at_] == 't';
      token.kind = json_[at_] == 'n'                        ? Kind::kNull
                   : json_[at_] == 't' || json_[at_] == 'f' ? Kind::kBool
                                                            : Kind::kNumber;
  }
  token.raw = json_.substr(at_, size);
  at_ += size;
  return token;
}

absl::StatusOr<JsonToken> JsonTokens::ReadString() {
  JsonToken token;
  token.kind = name_next_ ? Kind::kName : Kind::kString;
  token.position = at_;
  const auto bad = [this, &token](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(
        "proto: syntax error ", Place(token.position), ": ", what));
  };
  const auto bad_escape = [&bad](absl::string_view rest) {
    return bad(absl::StrCat("invalid escape code ", GoQuote(rest.substr(0, 6)),
                            " in string"));
  };
  size_t at = at_ + 1;
  while (at < json_.size() && json_[at] != '"') {
    const absl::string_view rest = json_.substr(at);
    if (rest[0] != '\\') {
      const size_t size = CharacterSize(rest);
      if (size == 0) return bad("invalid UTF-8 in string");
      token.text.append(rest.data(), size);
      at += size;
    } else if (rest.size() > 1 && rest[1] != 'u') {
      token.text.push_back(Unescaped(rest[1]));
      at += 2;
    } else {
      int32_t rune = EscapedUnit(rest);
      if (rune < 0) return bad_escape(rest);
      at += 6;
      if (IsIn(rune, 0xd800, 0xdfff)) {
        const absl::string_view second = rest.substr(6);
        const int32_t low = EscapedUnit(second);
        if (second.size() < 6) {
          return absl::InvalidArgumentError("proto: unexpected EOF");
        }
        if (!IsIn(rune, 0xd800, 0xdbff) || !IsIn(low, 0xdc00, 0xdfff)) {
          return bad_escape(second);
        }
        rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
      AppendUtf8(static_cast<uint32_t>(rune), &token.text);
    }
  }
  ++at;
  token.raw = json_.substr(at_, at - at_);
  at_ = std::min(at, json_.size());
  if (token.kind == Kind::kName) {
    name_next_ = false;
    at_ = std::min(json_.find(':', at_), json_.size() - 1) + 1;
  }
  return token;
}

}  // namespace smon
