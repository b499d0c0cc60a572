#ifndef SMON_COMMON_ALLOCATOR_H_
#define SMON_COMMON_ALLOCATOR_H_

#include <cstddef>

namespace smon {

// Makes malloc keep up to 32 MiB that are free at the end of its heap, instead
// of giving them back and getting them anew with each batch of jobs: a page
// that the kernel hands out costs more than most of what is done with it. To be
// called once, at the start.
void KeepFreedMemory();

// Asks the kernel to back this memory with huge pages where it can, which a few
// page faults then fill instead of hundreds. For large blocks that are about to
// be written once, from front to back.
void PreferHugePages(void* begin, size_t bytes);

}  // namespace smon

#endif  // SMON_COMMON_ALLOCATOR_H_
