#ifndef SMON_COMMON_ALLOCATOR_H_
#define SMON_COMMON_ALLOCATOR_H_

namespace smon {

// Makes malloc keep up to 32 MiB that are free at the end of its heap, instead
// of giving them back and getting them anew with each batch of jobs: a page
// that the kernel hands out costs more than most of what is done with it. To be
// called once, at the start.
void KeepFreedMemory();

}  // namespace smon

#endif  // SMON_COMMON_ALLOCATOR_H_
