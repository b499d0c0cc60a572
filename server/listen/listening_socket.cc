#include "server/listen/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status_macros.h"
#include "server/listen/unix_socket.h"

namespace smon {
namespace {

constexpr int kBacklog = 4096;  // the kernel takes net.core.somaxconn at most
// A free port of one address may be taken on the next one.
constexpr int kTriesForOnePort = 16;

struct Address {
  sockaddr_storage bytes = {};
  socklen_t size = 0;

  int family() const { return bytes.ss_family; }
  in_port_t& port() {  // in network order; at one place in both families
    return reinterpret_cast<sockaddr_in&>(bytes).sin_port;
  }
  friend bool operator==(const Address& a, const Address& b) {
    return a.size == b.size && std::memcmp(&a.bytes, &b.bytes, a.size) == 0;
  }
};
static_assert(offsetof(sockaddr_in, sin_port) ==
              offsetof(sockaddr_in6, sin6_port));

Address Wildcard(int family) {
  Address address;
  address.bytes.ss_family = static_cast<sa_family_t>(family);
  address.size =
      family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return address;
}

bool IsWildcard(const Address& address) {
  Address plain = address;
  plain.port() = 0;
  return plain == Wildcard(address.family());
}

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on '", address,
                   "': it is in use, or no address of this host (", why,
                   "); give another host:port, or port 0 for a free one"));
}

// Of "host:port", each once.
absl::StatusOr<std::vector<Address>> Resolve(const std::string& address,
                                             uint16_t* port) {
  const size_t colon = address.rfind(':');
  uint32_t number = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &number) || number > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on '", address, "': give host:port"));
  }
  *port = static_cast<uint16_t>(number);
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found)) {
    return CannotListen(address, gai_strerror(error));
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    Address one;
    std::memcpy(&one.bytes, each->ai_addr, each->ai_addrlen);
    one.size = each->ai_addrlen;
    if (std::find(addresses.begin(), addresses.end(), one) == addresses.end()) {
      addresses.push_back(one);
    }
  }
  freeaddrinfo(found);
  return addresses;
}

bool Set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

// A socket that listens; none with errno. What is set here, accepted
// connections have from it.
ScopedFd Listen(const Address& address, absl::Duration unanswered) {
  ScopedFd fd(socket(address.family(),
                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (fd.get() < 0 || !Set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) ||
      !Set(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1) ||
      !Set(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT,
           static_cast<int>(absl::ToInt64Milliseconds(unanswered))) ||
      (address.family() == AF_INET6 &&
       !Set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, !IsWildcard(address))) ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes),
           address.size) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    return ScopedFd();
  }
  return fd;
}

in_port_t PortOf(const ScopedFd& fd) {
  Address bound;
  bound.size = sizeof(bound.bytes);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound.bytes), &bound.size);
  return bound.port();
}

bool IsOfAnotherHost(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

// Listens on all that are of this host; with errno if there are none, or one is
// not to be had. `port` is in network order.
TcpListener ListenOnAll(std::vector<Address> addresses, in_port_t port,
                        absl::Duration unanswered) {
  TcpListener listener;
  int problem = EADDRNOTAVAIL;
  for (Address& address : addresses) {
    address.port() = port;
    ScopedFd fd = Listen(address, unanswered);
    if (fd.get() < 0) {
      problem = errno;
      if (IsOfAnotherHost(problem)) continue;
      listener.sockets.clear();
      break;
    }
    port = PortOf(fd);
    listener.sockets.push_back(std::move(fd));
  }
  listener.port = ntohs(port);
  errno = problem;
  return listener;
}

}  // namespace

absl::StatusOr<TcpListener> ListenOnTcp(const std::string& address,
                                        absl::Duration unanswered) {
  uint16_t port = 0;
  SMON_ASSIGN_OR_RETURN(std::vector<Address> addresses,
                        Resolve(address, &port));
  TcpListener listener;
  if (std::any_of(addresses.begin(), addresses.end(), IsWildcard)) {
    // One socket of IPv6 takes those of IPv4, too.
    listener = ListenOnAll({Wildcard(AF_INET6)}, htons(port), unanswered);
    addresses = {Wildcard(AF_INET)};
    if (listener.sockets.empty() && !IsOfAnotherHost(errno)) {
      return CannotListen(address, std::strerror(errno));
    }
  }
  for (int i = 0; i < kTriesForOnePort && listener.sockets.empty(); ++i) {
    listener = ListenOnAll(addresses, htons(port), unanswered);
    if (port != 0 || errno != EADDRINUSE) break;
  }
  if (listener.sockets.empty()) {
    return CannotListen(address, std::strerror(errno));
  }
  return listener;
}

absl::StatusOr<ScopedFd> ListenOnUnix(const std::string& path, mode_t mode) {
  SMON_RETURN_IF_ERROR(PrepareUnixSocket(path));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ScopedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const ScopedMode scoped_mode(mode);
  if (fd.get() < 0 ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on '", path, "': ", std::strerror(errno)));
  }
  return fd;
}

}  // namespace smon
