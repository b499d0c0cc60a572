#ifndef SMON_SERVER_AUTH_FAILURE_LIMIT_H_
#define SMON_SERVER_AUTH_FAILURE_LIMIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// How many attempts to log in may fail from one address: 10 at once, and then
// one each 6 seconds. Of fixed size (100 KiB), whatever comes: an address may
// take the place of another, which is forgotten then.
//
// Callers who have shown a good token from an address before are not held up by
// others that fail from there, say behind the same proxy.
//
// Not thread-safe.
class FailureLimit {
 public:
  static constexpr int kBurst = 10;
  static constexpr absl::Duration kEach = absl::Seconds(6);

  FailureLimit();

  // Whether nothing more is to be tried from `address`. `now` never goes back.
  bool IsExhausted(absl::string_view address, absl::Duration now) const;
  // Counts a failure.
  void Fail(absl::string_view address, absl::Duration now);

  // That `name` has logged in from `address`.
  void Prove(absl::string_view address, absl::string_view name);
  bool IsProven(absl::string_view address, absl::string_view name) const;

 private:
  struct Slot {
    uint64_t key = 0;
    // Failures that are not forgiven yet, at `since`.
    double failures = 0;
    absl::Duration since;
  };

  double FailuresOf(uint64_t key, absl::Duration now) const;

  const uint64_t seed_;  // so that nobody can tell which addresses collide
  std::vector<Slot> slots_;
  std::vector<uint64_t> proven_;
};

}  // namespace smon

#endif  // SMON_SERVER_AUTH_FAILURE_LIMIT_H_
