#ifndef SMON_SERVER_GATEWAY_CLIENT_STREAM_H_
#define SMON_SERVER_GATEWAY_CLIENT_STREAM_H_

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "server/auth/peer.h"

namespace smon {

// A client's connection: TCP or a unix socket, plain or with TLS. To Asio and
// Beast it is a stream to read from and to write to, with a deadline.
// In the server's thread; outlives what it was asked for.
class ClientStream {
 public:
  using Protocol = boost::asio::generic::stream_protocol;
  using Socket = Protocol::socket;
  using Raw = boost::beast::basic_stream<Protocol>;
  using executor_type = Raw::executor_type;
  using Error = boost::system::error_code;

  // Without `tls` the connection is plain.
  ClientStream(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
      : raw_(std::move(socket)), context_(std::move(tls)) {
    if (context_ != nullptr) tls_.emplace(raw_, *context_);
  }

  executor_type get_executor() { return raw_.get_executor(); }
  Socket& socket() { return raw_.socket(); }
  // Below TLS.
  Raw& raw() { return raw_; }
  void close() { raw_.close(); }
  void ExpireAfter(absl::Duration timeout) {
    raw_.expires_after(absl::ToChronoNanoseconds(timeout));
  }
  void expires_never() { raw_.expires_never(); }

  // Calls `done` with the outcome of the TLS handshake, at once where there is
  // none.
  template <typename Done>
  void AsyncHandshake(Done done) {
    if (!tls_.has_value()) return done(Error());
    tls_->async_handshake(boost::asio::ssl::stream_base::server,
                          std::move(done));
  }

  // Tells the client that no more comes, and calls `done` when it knows, or
  // will not.
  template <typename Done>
  void AsyncEndOutput(Done done) {
    if (tls_.has_value()) return tls_->async_shutdown(std::move(done));
    Error error;
    socket().shutdown(boost::asio::socket_base::shutdown_send, error);
    boost::asio::post(raw_.get_executor(),
                      [done = std::move(done), error] { done(error); });
  }

  // Who the client is. After the handshake.
  Peer ReadPeer();

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return tls_.has_value()
               ? tls_->async_read_some(buffers, std::forward<Handler>(handler))
               : raw_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return tls_.has_value()
               ? tls_->async_write_some(buffers, std::forward<Handler>(handler))
               : raw_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  Raw raw_;
  const std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::beast::ssl_stream<Raw&>> tls_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_CLIENT_STREAM_H_
