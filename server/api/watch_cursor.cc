#include "server/api/watch_cursor.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

constexpr absl::string_view kPurpose = "cursor";

}  // namespace

std::string EncodeCursor(const TextSigner& signer,
                         const ChangePosition& position) {
  return signer.Sign(kPurpose, absl::StrCat(position.change, ":", position.id));
}

absl::StatusOr<ChangePosition> DecodeCursor(const TextSigner& signer,
                                            absl::string_view cursor) {
  const std::string text = signer.Open(kPurpose, cursor).value_or("");
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  ChangePosition position;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &position.change) ||
      !absl::SimpleAtoi(parts[1], &position.id)) {
    return InvalidField(
        "cursor",
        "not a cursor of this service; give the cursor of the last response of "
        "WatchJobs, or leave it out to start now");
  }
  return position;
}

}  // namespace smon
