// Input: what a client gives as page_token, and also the text that a token
// would hold.

#include <cstdint>
#include <string>

#include "server/api/page_token.h"
#include "server/api/text_signer.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const smon::TextSigner signer(std::string(32, 'k'));
  smon::FuzzInput input(data, size);

  // Nobody can make one without the key.
  SMON_FUZZ_CHECK(!smon::DecodePageToken(signer, input.Rest(), 7).ok());

  const auto position = smon::DecodePageToken(
      signer, signer.Sign("page", input.Rest()), /*request_digest=*/7);
  if (position.ok()) {
    const auto again = smon::DecodePageToken(
        signer, smon::EncodePageToken(signer, *position, 7), 7);
    SMON_FUZZ_CHECK(again.ok() && again->id == position->id &&
                    again->time == position->time);
  }
  return 0;
}
