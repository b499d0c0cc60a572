#include "client/progress.h"

#include <unistd.h>

#include <cstdio>

#include "absl/time/clock.h"
#include "client/terminal.h"
#include "client/text_width.h"

namespace smon::client {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr absl::Duration kBetween = absl::Milliseconds(200);
constexpr char kWipe[] = "\r\033[K";  // the line, from its beginning

}  // namespace

Progress::Progress(bool wanted)
    : on_(wanted && isatty(STDERR_FILENO) != 0),
      next_(absl::Now() + kPatience) {}

Progress::~Progress() {
  if (shown_) std::fputs(kWipe, stderr);
}

void Progress::Show(absl::string_view text) {
  if (!on_) return;
  const absl::Time now = absl::Now();
  if (now < next_) return;
  next_ = now + kBetween;
  shown_ = true;
  const int columns = DetectTerminal(STDERR_FILENO).columns;
  std::fprintf(stderr, "%s%s", kWipe, CutToWidth(text, columns - 1).c_str());
}

}  // namespace smon::client
