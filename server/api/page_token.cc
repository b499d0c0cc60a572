#include "server/api/page_token.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

constexpr absl::string_view kPurpose = "page";

absl::Status Bad(absl::string_view problem) {
  return InvalidField("page_token", problem);
}

}  // namespace

uint64_t Digest(absl::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

std::string EncodePageToken(const TextSigner& signer,
                            const JobQuery::Position& position,
                            uint64_t request_digest) {
  return signer.Sign(kPurpose,
                     absl::StrCat(absl::ToUnixMicros(position.time), ":",
                                  position.id, ":", request_digest));
}

absl::StatusOr<JobQuery::Position> DecodePageToken(const TextSigner& signer,
                                                   absl::string_view token,
                                                   uint64_t request_digest) {
  const std::string text = signer.Open(kPurpose, token).value_or("");
  int64_t micros = 0;
  JobQuery::Position position;
  uint64_t digest = 0;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &micros) ||
      !absl::SimpleAtoi(parts[1], &position.id) ||
      !absl::SimpleAtoi(parts[2], &digest)) {
    return Bad(
        "not a token of this service; give next_page_token of the page before, "
        "or leave it out to start over");
  }
  if (digest != request_digest) {
    return Bad(
        "belongs to a request with other filters or another order; only "
        "page_size and read_mask may change between pages");
  }
  position.time = absl::FromUnixMicros(micros);
  return position;
}

}  // namespace smon
