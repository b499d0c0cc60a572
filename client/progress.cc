#include "client/progress.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/output.h"
#include "client/terminal.h"
#include "client/text_width.h"

namespace smon::client {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr absl::Duration kBetween = absl::Milliseconds(200);
constexpr char kWipe[] = "\r\033[K";  // the line, from its beginning

// The line is no data: what comes of writing it does not matter.
void Send(int fd, absl::string_view text) {
  Output(fd).Write(text).IgnoreError();
}

}  // namespace

Progress::Progress(bool wanted, int fd, std::function<absl::Time()> now)
    : fd_(fd),
      now_(std::move(now)),
      on_(wanted && TakesEscapeSequences(fd)),
      next_(now_() + kPatience) {}

Progress::~Progress() {
  if (shown_) Send(fd_, kWipe);
}

void Progress::Show(absl::string_view text) {
  if (!on_) return;
  const absl::Time now = now_();
  if (now < next_) return;
  next_ = now + kBetween;
  shown_ = true;
  const int columns = DetectTerminal(fd_).columns;
  Send(fd_, absl::StrCat(kWipe, CutToWidth(text, columns - 1)));
}

}  // namespace smon::client
