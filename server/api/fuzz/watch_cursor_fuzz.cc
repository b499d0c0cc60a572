// Input: a cursor of a WatchJobsRequest.

#include <cstdint>

#include "server/api/watch_cursor.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const auto position = smon::DecodeCursor(input.Rest());
  if (!position.ok()) {
    SMON_FUZZ_CHECK(!position.status().message().empty());
    return 0;
  }
  SMON_FUZZ_CHECK(position->change >= 0 && position->id >= 0);
  const auto again = smon::DecodeCursor(smon::EncodeCursor(*position));
  SMON_FUZZ_CHECK(again.ok() && *again == *position);
  return 0;
}
