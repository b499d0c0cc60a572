#include "client/full_screen.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/output.h"

namespace smon::client {
namespace {

constexpr char kEnter[] = "\033[?1049h\033[?25l\033[2J";  // no cursor
constexpr char kLeave[] = "\033[?25h\033[?1049l";

constexpr char kEndOfInput = 4;  // ^D

winsize Window() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
      size.ws_row == 0) {
    size.ws_row = 24;
    size.ws_col = 80;
  }
  return size;
}

void Send(absl::string_view text) {
  // A terminal that is gone is told by SIGHUP and by the end of the input.
  Output(STDOUT_FILENO).Write(text).IgnoreError();
}

}  // namespace

FullScreen::FullScreen() : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, &signals_before_);
  signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

  has_before_ = tcgetattr(STDIN_FILENO, &before_) == 0;
  if (has_before_) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;  // the shell would get this screen
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys);
  }
  Send(kEnter);
}

FullScreen::~FullScreen() {
  Send(kLeave);
  if (has_before_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
  close(signal_fd_);
  close(wake_fd_);
}

FullScreen::Event FullScreen::Wait(absl::Duration longest) {
  std::array<pollfd, 3> fds = {pollfd{STDIN_FILENO, POLLIN, 0},
                               pollfd{signal_fd_, POLLIN, 0},
                               pollfd{wake_fd_, POLLIN, 0}};
  const auto milliseconds =
      static_cast<int>(absl::ToInt64Milliseconds(longest));
  if (poll(fds.data(), fds.size(), milliseconds) <= 0) return Event::kNothing;
  if (fds[1].revents != 0) return ReadSignal();
  if (fds[0].revents != 0) return ReadKeys();
  uint64_t times = 0;
  return read(wake_fd_, &times, sizeof times) == sizeof times ? Event::kWoken
                                                              : Event::kNothing;
}

FullScreen::Event FullScreen::ReadSignal() {
  signalfd_siginfo info{};
  if (read(signal_fd_, &info, sizeof info) != sizeof info) {
    return Event::kNothing;
  }
  const int signal = static_cast<int>(info.ssi_signo);
  if (signal == SIGWINCH) return Event::kResized;
  if (signal != SIGINT) deadly_signal_ = signal;
  return Event::kQuit;
}

FullScreen::Event FullScreen::ReadKeys() {
  std::array<char, 64> keys{};
  const ssize_t count = read(STDIN_FILENO, keys.data(), keys.size());
  if (count < 0) return errno == EINTR ? Event::kNothing : Event::kQuit;
  if (count == 0) return Event::kQuit;  // the terminal is gone
  for (char key : absl::string_view(keys.data(), static_cast<size_t>(count))) {
    if (key == 'q' || key == 'Q' || key == kEndOfInput) return Event::kQuit;
    if (key == 'r' || key == ' ') return Event::kRefresh;
  }
  return Event::kNothing;
}

void FullScreen::Wake() {
  const uint64_t once = 1;
  // Full means that it is to be woken anyway.
  if (write(wake_fd_, &once, sizeof once) < 0) return;
}

int FullScreen::rows() const { return Window().ws_row; }

int FullScreen::columns() const { return Window().ws_col; }

void FullScreen::Draw(absl::string_view text) const {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  lines.resize(std::min(lines.size(), static_cast<size_t>(rows())));
  std::string frame = "\033[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    // What is left of the line before goes first: at the last column there is
    // nothing to the right of the cursor, and the letter below it would go.
    absl::StrAppend(&frame, i == 0 ? "" : "\r\n", "\033[K", lines[i]);
  }
  absl::StrAppend(&frame, "\033[J");
  Send(frame);
}

}  // namespace smon::client
