#include "server/api/watch_cursor.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/api/page_token.h"

namespace smon {
namespace {

constexpr absl::string_view kVersion = "w1";
// Longer than any cursor that we make.
constexpr size_t kMostBytes = 256;

absl::Status Bad() {
  return absl::InvalidArgumentError(
      "cursor: not a cursor of this service; give the cursor of the last "
      "response of WatchJobs, or leave it out to start now");
}

}  // namespace

std::string EncodeCursor(const ChangePosition& position) {
  const std::string body =
      absl::StrCat(kVersion, ":", position.change, ":", position.id);
  return absl::WebSafeBase64Escape(absl::StrCat(body, ":", Digest(body)));
}

absl::StatusOr<ChangePosition> DecodeCursor(absl::string_view cursor) {
  std::string text;
  if (cursor.size() > kMostBytes ||
      !absl::WebSafeBase64Unescape(cursor, &text)) {
    return Bad();
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  ChangePosition position;
  uint64_t checksum = 0;
  if (parts.size() != 4 || parts[0] != kVersion ||
      !absl::SimpleAtoi(parts[1], &position.change) ||
      !absl::SimpleAtoi(parts[2], &position.id) ||
      !absl::SimpleAtoi(parts[3], &checksum) || position.change < 0 ||
      position.id < 0 ||
      Digest(absl::string_view(text).substr(0, text.rfind(':'))) != checksum) {
    return Bad();
  }
  return position;
}

}  // namespace smon
