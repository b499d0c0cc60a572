#include "client/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace smon::client {
namespace {

constexpr int kUsualColumns = 80;

absl::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int WindowColumns(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  int columns = 0;
  if (absl::SimpleAtoi(Environment("COLUMNS"), &columns) && columns > 0) {
    return columns;
  }
  return kUsualColumns;
}

}  // namespace

bool TakesEscapeSequences(int fd) {
  const absl::string_view term = Environment("TERM");
  return isatty(fd) != 0 && !term.empty() && term != "dumb";
}

Terminal DetectTerminal(int fd, ColorMode mode) {
  const bool wanted = mode == ColorMode::kAlways;
  if (isatty(fd) == 0) return {false, 0, wanted};
  const bool fitting = mode == ColorMode::kAuto &&
                       Environment("NO_COLOR").empty() &&
                       TakesEscapeSequences(fd);
  return {true, WindowColumns(fd), wanted || fitting};
}

std::string Colored(absl::string_view text, Color color) {
  absl::string_view code;
  switch (color) {
    case Color::kNone:
      return std::string(text);
    case Color::kRed:
      code = "31";
      break;
    case Color::kGreen:
      code = "32";
      break;
    case Color::kYellow:
      code = "33";
      break;
  }
  return absl::StrCat("\033[", code, "m", text, "\033[0m");
}

}  // namespace smon::client
