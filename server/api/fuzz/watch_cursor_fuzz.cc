// Input: a cursor of a WatchJobsRequest, and what could have been signed as
// one.

#include <cstdint>
#include <string>

#include "server/api/text_signer.h"
#include "server/api/watch_cursor.h"
#include "slurm/fuzz/fuzz.h"

namespace {

void Read(const smon::TextSigner& signer, absl::string_view cursor) {
  const auto position = smon::DecodeCursor(signer, cursor);
  if (!position.ok()) {
    SMON_FUZZ_CHECK(!position.status().message().empty());
    return;
  }
  const auto again =
      smon::DecodeCursor(signer, smon::EncodeCursor(signer, *position));
  SMON_FUZZ_CHECK(again.ok() && *again == *position);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const signer = new smon::TextSigner(std::string(32, 'k'));
  smon::FuzzInput input(data, size);
  const absl::string_view text = input.Rest();
  Read(*signer, text);
  Read(*signer, signer->Sign("cursor", text));
  return 0;
}
