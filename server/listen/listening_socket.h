#ifndef SMON_SERVER_LISTEN_LISTENING_SOCKET_H_
#define SMON_SERVER_LISTEN_LISTENING_SOCKET_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/scoped_fd.h"

namespace smon {

// The sockets of one TCP port. They do not block, and no child inherits them.
struct TcpListener {
  std::vector<ScopedFd> sockets;
  int port = 0;
};

// Listens on `address`, "host:port": on each address of this host that the name
// has, with one port; port 0 picks a free one. The wildcards 0.0.0.0 and [::]
// both mean IPv6 and IPv4, where the host has both. Connections send without
// delay, and break when the peer has not acknowledged for `unanswered`. Asks
// the resolver. INVALID_ARGUMENT for what is not host:port; UNAVAILABLE when a
// port is taken, or no address can be had.
absl::StatusOr<TcpListener> ListenOnTcp(const std::string& address,
                                        absl::Duration unanswered);

// Listens on a unix socket at `path`, an absolute one, that `mode` says who may
// use. See PrepareUnixSocket; UNAVAILABLE when it cannot be bound. The caller
// removes the file.
absl::StatusOr<ScopedFd> ListenOnUnix(const std::string& path, mode_t mode);

}  // namespace smon

#endif  // SMON_SERVER_LISTEN_LISTENING_SOCKET_H_
