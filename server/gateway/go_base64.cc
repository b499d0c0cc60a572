#include "server/gateway/go_base64.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

bool IsLineBreak(char c) { return c == '\n' || c == '\r'; }

// -1 for what is no digit.
int DigitValue(char c, GoBase64 alphabet) {
  if (absl::ascii_isupper(c)) return c - 'A';
  if (absl::ascii_islower(c)) return c - 'a' + 26;
  if (absl::ascii_isdigit(c)) return c - '0' + 52;
  const bool url = alphabet == GoBase64::kUrl;
  if (c == (url ? '-' : '+')) return 62;
  if (c == (url ? '_' : '/')) return 63;
  return -1;
}

class Decoder {
 public:
  Decoder(absl::string_view text, GoBase64 alphabet, bool padded)
      : text_(text), alphabet_(alphabet), padded_(padded) {}

  absl::StatusOr<std::string> Decode() {
    while (true) {
      SkipLineBreaks();
      if (at_ == text_.size()) break;
      if (text_[at_] == '=' && padded_) {
        if (!TakePadding()) return Illegal();
        break;
      }
      const int value = DigitValue(text_[at_], alphabet_);
      if (value < 0) return Illegal(at_);
      ++at_;
      bits_ = bits_ << 6 | static_cast<uint32_t>(value);
      if (++digits_ == 4) Flush();
    }
    if (digits_ == 1 || (digits_ > 0 && padded_)) {
      return Illegal(text_.size() - digits_);
    }
    if (digits_ > 0) Flush();
    return out_;
  }

 private:
  absl::Status Illegal(size_t at) const {
    return absl::InvalidArgumentError(
        absl::StrCat("illegal base64 data at input byte ", at));
  }
  absl::Status Illegal() const { return Illegal(bad_); }

  void SkipLineBreaks() {
    while (at_ < text_.size() && IsLineBreak(text_[at_])) ++at_;
  }

  // The '=' or '==' that ends the text. Sets bad_ when it is not that.
  bool TakePadding() {
    bad_ = at_;
    if (digits_ < 2) return false;
    ++at_;
    if (digits_ == 2) {
      SkipLineBreaks();
      bad_ = at_ == text_.size() ? at_ : at_ - 1;
      if (at_ == text_.size() || text_[at_] != '=') return false;
      ++at_;
    }
    SkipLineBreaks();
    bad_ = at_;
    Flush();
    return at_ == text_.size();
  }

  // Writes the bytes of the digits that there are, 2 to 4.
  void Flush() {
    const uint32_t bits = bits_ << (6 * (4 - digits_));
    for (size_t i = 0; i + 1 < digits_; ++i) {
      out_.push_back(static_cast<char>(bits >> (16 - 8 * i) & 0xff));
    }
    digits_ = 0;
    bits_ = 0;
  }

  const absl::string_view text_;
  const GoBase64 alphabet_;
  const bool padded_;
  size_t at_ = 0;
  size_t bad_ = 0;
  size_t digits_ = 0;
  uint32_t bits_ = 0;
  std::string out_;
};

}  // namespace

absl::StatusOr<std::string> GoBase64Decode(absl::string_view text,
                                           GoBase64 alphabet, bool padded) {
  return Decoder(text, alphabet, padded).Decode();
}

}  // namespace smon
