#ifndef SMON_CLIENT_PROGRESS_H_
#define SMON_CLIENT_PROGRESS_H_

#include <functional>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon::client {

// A line on stderr that says how far long work has come, for who looks on.
// Comes after half a second, is renewed five times a second at most, and is
// wiped out in the end, so that stderr holds nothing but errors. Nothing at all
// where stderr is no terminal, or one that can wipe nothing out (TERM is "dumb"
// or empty). Not thread-safe.
class Progress {
 public:
  // `wanted`: false where the output itself shows how far it is.
  // `fd` and `now` are for tests.
  explicit Progress(bool wanted, int fd = 2,
                    std::function<absl::Time()> now = absl::Now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `text` has no control characters.
  void Show(absl::string_view text);

 private:
  const int fd_;
  const std::function<absl::Time()> now_;
  const bool on_;
  absl::Time next_;
  bool shown_ = false;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_PROGRESS_H_
