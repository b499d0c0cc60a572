#ifndef SMON_SLURM_FUZZ_FUZZ_H_
#define SMON_SLURM_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

// What a fuzz target defines: checks one input, returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Ends the program, which is how a fuzzer learns of a find.
#define SMON_FUZZ_CHECK(condition) \
  ((condition) ? (void)0           \
               : ::smon::FuzzCheckFailed(#condition, __FILE__, __LINE__))

namespace smon {

[[noreturn]] void FuzzCheckFailed(const char* condition, const char* file,
                                  int line);

// Takes an input apart into lines, so that a corpus can be read and written by
// hand. Not thread-safe.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  // The next line, without its newline; empty when there are no more.
  absl::string_view Line();
  absl::string_view Rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

}  // namespace smon

#endif  // SMON_SLURM_FUZZ_FUZZ_H_
