#include "server/api/page_token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace smon {
namespace {

constexpr absl::string_view kVersion = "1";
// Longer than any token that we make.
constexpr size_t kMostBytes = 256;

absl::Status Bad() {
  return absl::InvalidArgumentError(
      "page_token: not a token of this service; give next_page_token of the "
      "page before, or leave it out to start over");
}

}  // namespace

uint64_t Digest(absl::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

std::string EncodePageToken(const JobQuery::Position& position,
                            uint64_t request_digest) {
  const std::string body =
      absl::StrCat(kVersion, ":", absl::ToUnixMicros(position.time), ":",
                   position.id, ":", request_digest);
  return absl::WebSafeBase64Escape(absl::StrCat(body, ":", Digest(body)));
}

absl::StatusOr<JobQuery::Position> DecodePageToken(absl::string_view token,
                                                   uint64_t request_digest) {
  std::string text;
  if (token.size() > kMostBytes || !absl::WebSafeBase64Unescape(token, &text)) {
    return Bad();
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  int64_t micros = 0;
  JobQuery::Position position;
  uint64_t digest = 0;
  uint64_t checksum = 0;
  if (parts.size() != 5 || parts[0] != kVersion ||
      !absl::SimpleAtoi(parts[1], &micros) ||
      !absl::SimpleAtoi(parts[2], &position.id) ||
      !absl::SimpleAtoi(parts[3], &digest) ||
      !absl::SimpleAtoi(parts[4], &checksum) ||
      Digest(absl::string_view(text).substr(0, text.rfind(':'))) != checksum) {
    return Bad();
  }
  if (digest != request_digest) {
    return absl::InvalidArgumentError(
        "page_token: belongs to a request with other filters or another "
        "order; only page_size may change between pages");
  }
  position.time = absl::FromUnixMicros(micros);
  return position;
}

}  // namespace smon
