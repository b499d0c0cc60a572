#ifndef SMON_CLIENT_FULL_SCREEN_H_
#define SMON_CLIENT_FULL_SCREEN_H_

#include <signal.h>
#include <termios.h>

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon::client {

// Has the whole of stdout's terminal, by the sequences of ECMA-48 that every
// terminal of today knows, until it is destroyed: then the terminal is as it
// was, whatever the reason for the end. While it lives, SIGINT, SIGTERM, SIGHUP
// and SIGQUIT are events; make it before other threads, which inherit that. Not
// thread-safe, but for Wake().
class FullScreen {
 public:
  enum class Event { kNothing, kQuit, kRefresh, kWoken, kResized };

  FullScreen();
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  // What happens next: a key (q or ^D: quit; space or r: refresh), a signal,
  // Wake(), or nothing for `longest`.
  Event Wait(absl::Duration longest);

  // Makes Wait() return. Thread-safe.
  void Wake();

  // The signal that asked for the end; 0 for none, or SIGINT, by which the user
  // says it. For the process to die of once the terminal is back.
  int deadly_signal() const { return deadly_signal_; }

  int rows() const;
  int columns() const;

  // Shows the lines of `text`, no more than there are rows; the rest is empty.
  void Draw(absl::string_view text) const;

 private:
  Event ReadKeys();
  Event ReadSignal();

  termios before_{};
  bool has_before_ = false;
  sigset_t signals_before_{};
  int signal_fd_ = -1;
  int wake_fd_ = -1;
  int deadly_signal_ = 0;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_FULL_SCREEN_H_
