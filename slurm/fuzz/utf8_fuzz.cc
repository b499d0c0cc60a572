// Input: any bytes.

#include <string>

#include "common/utf8.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes = smon::FuzzInput(data, size).Rest();
  const std::string text = smon::BytesToText(bytes);
  SMON_FUZZ_CHECK(smon::IsValidUtf8(text));
  SMON_FUZZ_CHECK(text.size() <= 4 * bytes.size());
  SMON_FUZZ_CHECK(smon::TextToBytes(text) == bytes);

  const std::string valid = smon::ToValidUtf8(bytes);
  SMON_FUZZ_CHECK(smon::IsValidUtf8(valid));
  SMON_FUZZ_CHECK(smon::ToValidUtf8(valid) == valid);
  SMON_FUZZ_CHECK(!smon::IsValidUtf8(bytes) || valid == bytes);

  const std::string printable = smon::ToPrintable(bytes);
  SMON_FUZZ_CHECK(smon::IsValidUtf8(printable));
  SMON_FUZZ_CHECK(smon::ToPrintable(printable) == printable);
  for (const char c : printable) {
    SMON_FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  return 0;
}
