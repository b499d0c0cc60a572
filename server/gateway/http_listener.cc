#include "server/gateway/http_listener.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "server/listen/unix_socket.h"

namespace smon {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using Error = boost::system::error_code;

// The host as an address; "[::1]" is fine too.
absl::StatusOr<net::ip::address> ParseHost(absl::string_view host) {
  absl::string_view literal = host;
  if (absl::EqualsIgnoreCase(host, "localhost")) literal = "127.0.0.1";
  if (absl::EndsWith(literal, "]") && absl::ConsumePrefix(&literal, "[")) {
    literal.remove_suffix(1);
  }
  Error error;
  const auto address =
      net::ip::make_address(std::string(literal).c_str(), error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot listen on host \"", host,
        "\": give an IPv4 or IPv6 address such as 127.0.0.1, or localhost"));
  }
  return address;
}

absl::Status CannotListen(const tcp::endpoint& endpoint, const Error& error) {
  std::string mend = "give another host or port";
  if (error == net::error::address_in_use) {
    mend = absl::StrCat("stop the program that has it (ss -ltnp sport = :",
                        endpoint.port(), " shows which), or give another port");
  } else if (error == net::error::access_denied) {
    mend = "give a port from 1024 up, or the CAP_NET_BIND_SERVICE capability";
  }
  std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) address = absl::StrCat("[", address, "]");
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ":",
                                             endpoint.port(), ": ",
                                             error.message(), "; ", mend));
}

// Opens, binds and listens.
Error Listen(const HttpAcceptor::endpoint_type& endpoint,
             HttpAcceptor* acceptor) {
  Error error;
  acceptor->open(endpoint.protocol(), error);
  if (!error) {
    acceptor->set_option(net::socket_base::reuse_address(true), error);
  }
  if (!error) acceptor->bind(endpoint, error);
  if (!error) {
    acceptor->listen(net::socket_base::max_listen_connections, error);
  }
  return error;
}

}  // namespace

absl::StatusOr<int> ListenTcp(const std::string& host, int port,
                              HttpAcceptor* acceptor) {
  SMON_ASSIGN_OR_RETURN(const net::ip::address address, ParseHost(host));
  if (port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on port ", port,
                     ": give one from 1 to 65535, or 0 for any free one"));
  }
  const tcp::endpoint endpoint(address, static_cast<uint16_t>(port));
  if (const Error error = Listen(endpoint, acceptor)) {
    return CannotListen(endpoint, error);
  }
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  getsockname(acceptor->native_handle(), reinterpret_cast<sockaddr*>(&bound),
              &size);
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

absl::Status ListenUnix(const std::string& path, mode_t mode,
                        HttpAcceptor* acceptor) {
  SMON_RETURN_IF_ERROR(PrepareUnixSocket(path));
  const ScopedMode scoped_mode(mode);
  const net::local::stream_protocol::endpoint endpoint(path);
  if (const Error error = Listen(endpoint, acceptor)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on '", path, "': ", error.message()));
  }
  return absl::OkStatus();
}

}  // namespace smon
