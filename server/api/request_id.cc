#include "server/api/request_id.h"

#include <cstddef>
#include <cstdint>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/utf8.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

constexpr absl::string_view kPattern = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
// What of a wrong one is shown.
constexpr size_t kMostShown = 64;

bool IsUuid(absl::string_view text) {
  if (text.size() != kPattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kPattern[i] == '-' ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ReadRequestId(const std::string& text) {
  if (text.empty() || IsUuid(text)) return absl::AsciiStrToLower(text);
  return InvalidField(
      "request_id",
      absl::StrCat("'",
                   ToPrintable(absl::string_view(text).substr(0, kMostShown)),
                   "' is no UUID such as "
                   "123e4567-e89b-42d3-a456-426614174000"));
}

std::string NewRequestId() {
  std::random_device random;
  const uint32_t a = random();
  const uint32_t b = random();
  const uint32_t c = random();
  const uint32_t d = random();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16, b & 0xfff,
                         0x8000 | (c >> 16 & 0x3fff), c & 0xffff, d);
}

}  // namespace smon
