#include "common/allocator.h"

#include <malloc.h>

namespace smon {
namespace {

constexpr int kKeptBytes = 32 << 20;

}  // namespace

void KeepFreedMemory() {
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  // What is larger is mapped and unmapped by itself.
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

}  // namespace smon
