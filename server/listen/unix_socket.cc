#include "server/listen/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

// Whether somebody accepts connections at the socket `address`.
bool SomebodyListens(const sockaddr_un& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;  // not known: better not to take it away
  const int result =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool refused = result != 0 && errno == ECONNREFUSED;
  close(fd);
  return !refused;
}

}  // namespace

absl::Status PrepareUnixSocket(const std::string& path) {
  const auto invalid = [&path](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on '", path, "': ", problem));
  };
  sockaddr_un address = {};
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) {
    return invalid("give the absolute path of a socket");
  }
  if (path.size() >= sizeof(address.sun_path)) {
    return invalid("the path is longer than 107 bytes");
  }
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  struct stat status = {};
  if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return invalid(absl::StrCat("there is no folder ", folder));
  }
  if (lstat(path.c_str(), &status) != 0) return absl::OkStatus();
  const auto taken = [&path](absl::string_view problem) {
    return absl::AlreadyExistsError(
        absl::StrCat("cannot listen on '", path, "': ", problem));
  };
  if (!S_ISSOCK(status.st_mode)) {
    return taken("there is something else; remove it, or give another path");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (SomebodyListens(address)) {
    return taken(
        "a program listens there; stop it (ss -lxp shows which), or give "
        "another path");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return taken(absl::StrCat("an old socket cannot be removed: ",
                              std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace smon
