#ifndef SMON_SERVER_GATEWAY_HTTP_LISTENER_H_
#define SMON_SERVER_GATEWAY_HTTP_LISTENER_H_

#include <sys/types.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace smon {

using HttpAcceptor =
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// Listens on a TCP port, and returns it: `port`, or a free one for 0. See
// HttpServer::Start.
absl::StatusOr<int> ListenTcp(const std::string& host, int port,
                              HttpAcceptor* acceptor);

// Listens on a unix socket at `path` that `mode` says who may use. See
// PrepareUnixSocket; UNAVAILABLE when it cannot be bound.
absl::Status ListenUnix(const std::string& path, mode_t mode,
                        HttpAcceptor* acceptor);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_LISTENER_H_
