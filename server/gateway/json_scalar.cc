#include "server/gateway/json_scalar.h"

#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/gateway/go_base64.h"
#include "server/gateway/go_text.h"
#include "server/gateway/json_scanner.h"

namespace smon {
namespace {

using Kind = JsonToken::Kind;

// The number that a token is or has as its text; empty for none.
absl::string_view NumberText(const JsonToken& token) {
  if (token.kind == Kind::kNumber) return token.raw;
  if (token.kind != Kind::kString) return {};
  const absl::string_view text = token.text;
  if (text.empty() || (text[0] != '-' && !absl::ascii_isdigit(text[0]))) {
    return {};
  }
  const auto number = FirstJsonValue(text);
  return number.ok() && number->size() == text.size() ? text
                                                      : absl::string_view();
}

// Cuts the digits off the start of `text`.
absl::string_view CutDigits(absl::string_view* text) {
  size_t size = 0;
  while (size < text->size() && absl::ascii_isdigit((*text)[size])) ++size;
  const absl::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  return digits;
}

// A JSON number without fraction and exponent: "-1.50e2" is "-150". Nothing
// when it is not whole, or has more digits than 64 bits take.
std::optional<std::string> ToWhole(absl::string_view number) {
  const bool negative = absl::ConsumePrefix(&number, "-");
  absl::string_view whole = CutDigits(&number);
  if (whole == "0") whole = "";
  absl::string_view fraction;
  if (absl::ConsumePrefix(&number, ".")) fraction = CutDigits(&number);
  while (absl::ConsumeSuffix(&fraction, "0")) {
  }
  if (whole.empty() && fraction.empty()) return "0";
  int exponent = 0;
  if (absl::StartsWithIgnoreCase(number, "e") &&
      !absl::SimpleAtoi(absl::StripPrefix(number.substr(1), "+"), &exponent)) {
    return std::nullopt;
  }
  constexpr size_t kMaxDigits = 20;
  std::string digits(whole);
  if (exponent >= 0) {
    const size_t shift = static_cast<size_t>(exponent);
    if (fraction.size() > shift || whole.size() + shift > kMaxDigits) {
      return std::nullopt;
    }
    absl::StrAppend(&digits, fraction,
                    std::string(shift - fraction.size(), '0'));
  } else {
    const int64_t kept = static_cast<int64_t>(whole.size()) + exponent;
    if (!fraction.empty() || kept < 0 ||
        digits.find_first_not_of('0', static_cast<size_t>(kept)) !=
            std::string::npos) {
      return std::nullopt;
    }
    digits.resize(static_cast<size_t>(kept));
  }
  return absl::StrCat(negative ? "-" : "", digits);
}

}  // namespace

std::optional<int64_t> ToInteger(const JsonToken& token, int bits) {
  const auto whole = ToWhole(NumberText(token));
  if (NumberText(token).empty() || !whole.has_value()) return std::nullopt;
  const auto value = GoParseInt(*whole, bits);
  if (!value.ok()) return std::nullopt;
  return *value;
}

std::optional<uint64_t> ToUnsigned(const JsonToken& token, int bits) {
  const auto whole = ToWhole(NumberText(token));
  if (NumberText(token).empty() || !whole.has_value()) return std::nullopt;
  const auto value = GoParseUint(*whole, bits);
  if (!value.ok()) return std::nullopt;
  return *value;
}

std::optional<double> ToNumber(const JsonToken& token, int bits) {
  if (token.kind == Kind::kString) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (token.text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (token.text == "Infinity") return kInfinity;
    if (token.text == "-Infinity") return -kInfinity;
  }
  const absl::string_view text = NumberText(token);
  if (text.empty()) return std::nullopt;
  const auto value = GoParseFloat(text, bits);
  if (!value.ok()) return std::nullopt;
  return *value;
}

std::optional<std::string> ToBytes(const JsonToken& token) {
  if (token.kind != Kind::kString) return std::nullopt;
  const bool for_url = token.text.find_first_of("-_") != std::string::npos;
  auto bytes =
      GoBase64Decode(token.text, for_url ? GoBase64::kUrl : GoBase64::kStandard,
                     /*padded=*/token.text.size() % 4 == 0);
  if (!bytes.ok()) return std::nullopt;
  return *std::move(bytes);
}

}  // namespace smon
