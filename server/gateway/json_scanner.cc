#include "server/gateway/json_scanner.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/gateway/go_text.h"

namespace smon {
namespace {

constexpr size_t kMaxDepth = 10000;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// A byte as Go shows it: the character of that number.
std::string QuoteByte(char c) {
  if (c == '\'') return "'\\''";
  if (c == '"') return "'\"'";
  const unsigned char byte = static_cast<unsigned char>(c);
  std::string character;
  if (byte < 0x80) {
    character.push_back(c);
  } else {
    character.push_back(static_cast<char>(0xc0 | (byte >> 6)));
    character.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
  }
  const std::string quoted = GoQuote(character);
  return absl::StrCat("'", quoted.substr(1, quoted.size() - 2), "'");
}

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::StatusOr<absl::string_view> FirstValue() {
    SkipSpace();
    const size_t begin = at_;
    if (AtEnd()) return absl::string_view();
    SMON_RETURN_IF_ERROR(Value());
    while (!open_.empty()) {
      SkipSpace();
      if (AtEnd()) return UnexpectedEnd();
      SMON_RETURN_IF_ERROR(open_.back() == '{' ? InObject() : InArray());
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  // What may come next in the innermost object or array.
  enum class Next { kFirst, kElement, kColon, kMemberValue, kSeparator };

  bool AtEnd() const { return at_ == text_.size(); }
  bool At(char c) const { return !AtEnd() && text_[at_] == c; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(text_[at_])) ++at_;
  }

  static absl::Status UnexpectedEnd() {
    return absl::InvalidArgumentError("unexpected EOF");
  }
  // Of the byte that is next.
  absl::Status Bad(absl::string_view where) const {
    if (AtEnd()) return UnexpectedEnd();
    return absl::InvalidArgumentError(
        absl::StrCat("invalid character ", QuoteByte(text_[at_]), " ", where));
  }

  absl::Status InObject() {
    switch (next_) {
      case Next::kFirst:
        if (At('}')) return Close();
        ABSL_FALLTHROUGH_INTENDED;
      case Next::kElement:
        if (!At('"')) return Bad("looking for beginning of object key string");
        next_ = Next::kColon;
        return String();
      case Next::kColon:
        if (!At(':')) return Bad("after object key");
        ++at_;
        next_ = Next::kMemberValue;
        return absl::OkStatus();
      case Next::kMemberValue:
        return Value();
      case Next::kSeparator:
        if (At('}')) return Close();
        return Comma("after object key:value pair");
    }
    return absl::OkStatus();
  }

  absl::Status InArray() {
    if (next_ == Next::kSeparator) {
      return At(']') ? Close() : Comma("after array element");
    }
    if (next_ == Next::kFirst && At(']')) return Close();
    return Value();
  }

  absl::Status Comma(absl::string_view where) {
    if (!At(',')) return Bad(where);
    ++at_;
    next_ = Next::kElement;
    return absl::OkStatus();
  }

  absl::Status Close() {
    ++at_;
    open_.pop_back();
    next_ = Next::kSeparator;
    return absl::OkStatus();
  }

  absl::Status Value() {
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (open_.size() == kMaxDepth) return Bad("exceeded max depth");
      ++at_;
      open_.push_back(c);
      next_ = Next::kFirst;
      return absl::OkStatus();
    }
    next_ = Next::kSeparator;
    switch (c) {
      case '"':
        return String();
      case 't':
        return Literal("true");
      case 'f':
        return Literal("false");
      case 'n':
        return Literal("null");
    }
    if (c == '-' || absl::ascii_isdigit(c)) return Number();
    return Bad("looking for beginning of value");
  }

  absl::Status Literal(absl::string_view word) {
    for (const char c : word) {
      if (!At(c)) {
        return Bad(absl::StrCat("in literal ", word, " (expecting '",
                                absl::string_view(&c, 1), "')"));
      }
      ++at_;
    }
    return absl::OkStatus();
  }

  absl::Status String() {
    ++at_;
    while (!At('"')) {
      if (AtEnd() || static_cast<unsigned char>(text_[at_]) < 0x20) {
        return Bad("in string literal");
      }
      if (text_[at_++] != '\\') continue;
      if (At('u')) {
        ++at_;
        for (int i = 0; i < 4; ++i, ++at_) {
          if (AtEnd() || !absl::ascii_isxdigit(text_[at_])) {
            return Bad("in \\u hexadecimal character escape");
          }
        }
      } else if (AtEnd() || absl::string_view("bfnrt\\/\"").find(text_[at_]) ==
                                absl::string_view::npos) {
        return Bad("in string escape code");
      } else {
        ++at_;
      }
    }
    ++at_;
    return absl::OkStatus();
  }

  // At least one digit.
  absl::Status Digits(absl::string_view where) {
    if (AtEnd() || !absl::ascii_isdigit(text_[at_])) return Bad(where);
    while (!AtEnd() && absl::ascii_isdigit(text_[at_])) ++at_;
    return absl::OkStatus();
  }

  absl::Status Number() {
    if (At('-')) ++at_;
    if (At('0')) {
      ++at_;
    } else {
      SMON_RETURN_IF_ERROR(Digits("in numeric literal"));
    }
    if (At('.')) {
      ++at_;
      SMON_RETURN_IF_ERROR(Digits("after decimal point in numeric literal"));
    }
    if (At('e') || At('E')) {
      ++at_;
      if (At('+') || At('-')) ++at_;
      SMON_RETURN_IF_ERROR(Digits("in exponent of numeric literal"));
    }
    return absl::OkStatus();
  }

  const absl::string_view text_;
  size_t at_ = 0;
  std::string open_;  // a '{' or '[' for each level
  Next next_ = Next::kFirst;
};

}  // namespace

absl::StatusOr<absl::string_view> FirstJsonValue(absl::string_view text) {
  return Scanner(text).FirstValue();
}

}  // namespace smon
