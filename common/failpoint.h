#ifndef SMON_COMMON_FAILPOINT_H_
#define SMON_COMMON_FAILPOINT_H_

// Names a place at which a test can kill the process, to see that nothing is
// lost there (docs/DELIVERY.md):
//
//   SMON_FAILPOINT("answers.before_commit");
//   SMON_RETURN_IF_ERROR(store_->CommitDeliveries(answers));
//
// What happens at one is in testing/chaos/failpoint.cc, which is linked into
// //testing/chaos:smonsvc_with_failpoints only. In every other program the
// symbol below is null, and nothing happens. Thread-safe.
//
// A name is a string literal of small letters, underscores and dots, and is
// used once; testing/chaos finds the names in the program.

extern "C" void SmonFailpointHit(const char* name) __attribute__((weak));

#define SMON_FAILPOINT(name)                                              \
  do {                                                                    \
    if (SmonFailpointHit != nullptr) SmonFailpointHit("failpoint:" name); \
  } while (false)

#endif  // SMON_COMMON_FAILPOINT_H_
