#include "slurm/rest/jwt_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"

namespace smon::slurm {
namespace {

constexpr size_t kMaxSize = 64 * 1024;

absl::Status Unusable(const std::string& path, absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("--slurm_jwt_file ", ToPrintable(path), ": ", why));
}

}  // namespace

absl::StatusOr<std::string> ReadJwtFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Unusable(path, std::strerror(errno));
  std::string text(kMaxSize, '\0');
  size_t size = 0;
  ssize_t n = 0;
  while (size < text.size() &&
         (n = read(fd, &text[size], text.size() - size)) > 0) {
    size += static_cast<size_t>(n);
  }
  const int error = errno;
  close(fd);
  if (n < 0) return Unusable(path, std::strerror(error));
  absl::string_view token =
      absl::StripAsciiWhitespace(absl::string_view(text).substr(0, size));
  absl::ConsumePrefix(&token, "SLURM_JWT=");
  if (token.empty()) return Unusable(path, "it is empty");
  if (size == kMaxSize ||
      !std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return Unusable(path, "it holds something else than one token");
  }
  return std::string(token);
}

}  // namespace smon::slurm
