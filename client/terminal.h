#ifndef SMON_CLIENT_TERMINAL_H_
#define SMON_CLIENT_TERMINAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::client {

// What the other end of an output can show.
struct Terminal {
  bool is_terminal = false;
  int columns = 0;  // 0: no limit
  bool color = false;
};

enum class ColorMode { kAuto, kAlways, kNever };

// Looks at a file descriptor. The width is the window's, else COLUMNS, else 80.
// Automatic colour is for terminals only, and off where NO_COLOR is set
// (no-color.org) or TERM is "dumb".
Terminal DetectTerminal(int fd, ColorMode mode = ColorMode::kAuto);

// True for a terminal that understands escape sequences: not where TERM is
// "dumb" or empty.
bool TakesEscapeSequences(int fd);

enum class Color { kNone, kRed, kGreen, kYellow };

// `text` between the escape sequences for the colour.
std::string Colored(absl::string_view text, Color color);

}  // namespace smon::client

#endif  // SMON_CLIENT_TERMINAL_H_
