#include "common/allocator.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace smon {
namespace {

constexpr int kKeptBytes = 32 << 20;

}  // namespace

void KeepFreedMemory() {
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  // What is larger is mapped and unmapped by itself.
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

void PreferHugePages(void* begin, size_t bytes) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t first =
      (reinterpret_cast<uintptr_t>(begin) + page - 1) / page;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(begin) + bytes) / page;
  if (last <= first) return;
  // Advice: where the kernel has none of these pages, nothing changes.
  (void)madvise(reinterpret_cast<void*>(first * page), (last - first) * page,
                MADV_HUGEPAGE);
}

}  // namespace smon
