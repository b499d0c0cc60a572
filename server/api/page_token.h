#ifndef SMON_SERVER_API_PAGE_TOKEN_H_
#define SMON_SERVER_API_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/api/text_signer.h"
#include "server/monitor/store.h"

namespace smon {

// Page tokens of ListJobs: opaque, signed text that holds the last position and
// a digest of the request that it belongs to.
std::string EncodePageToken(const TextSigner& signer,
                            const JobQuery::Position& position,
                            uint64_t request_digest);

// INVALID_ARGUMENT when `token` was not made by EncodePageToken, or belongs to
// a request with another digest.
absl::StatusOr<JobQuery::Position> DecodePageToken(const TextSigner& signer,
                                                   absl::string_view token,
                                                   uint64_t request_digest);

// The same for equal text in every process (FNV-1a).
uint64_t Digest(absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_API_PAGE_TOKEN_H_
