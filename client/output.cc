#include "client/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace smon::client {

absl::Status Output::Write(absl::string_view data) {
  while (!data.empty()) {
    const ssize_t written = write(fd_, data.data(), data.size());
    if (written >= 0) {
      data.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      reader_is_gone_ = true;
      return absl::CancelledError("the reader of the output is gone");
    } else if (errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("cannot write the output: ", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

absl::Status Output::CheckReader() {
  pollfd state{fd_, 0, 0};
  if (poll(&state, 1, 0) != 1 || (state.revents & POLLERR) == 0) {
    return absl::OkStatus();
  }
  reader_is_gone_ = true;
  return absl::CancelledError("the reader of the output is gone");
}

}  // namespace smon::client
