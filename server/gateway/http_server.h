#ifndef SMON_SERVER_GATEWAY_HTTP_SERVER_H_
#define SMON_SERVER_GATEWAY_HTTP_SERVER_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/http_message.h"
#include "server/gateway/http_observer.h"
#include "server/tls/server_context.h"

namespace smon {

// An HTTP/1.1 server in one thread of its own. Connections cost no thread; a
// connection serves one request at a time, in the order of their arrival.
//
//   HttpServer server(&handler, {});
//   absl::StatusOr<int> port = server.Start("127.0.0.1", 0);
//   ...
//   server.Stop();
//
// Everything that a client sends is bounded in size and time. It answers 400
// for what is not HTTP, and 413 and 431 for what is too large. With as many
// connections as it may have, it closes the one that has waited longest for a
// request, or answers 503 if all are at work. A slow client is cut off, the
// slowest at once when all of them together hold too much memory.
class HttpServer {
 public:
  struct Options {
    size_t max_header_bytes = 16 * 1024;
    size_t max_body_bytes = 1024 * 1024;
    // An idle one takes some 4 KiB, with TLS some 100 KiB.
    int max_connections = 16384;
    // Of all bodies that are being read together, and of all answers that are
    // being sent.
    size_t max_held_bytes = size_t{256} << 20;
    // From a request's first byte to its last.
    absl::Duration request_timeout = absl::Seconds(10);
    // Between requests, and before the first one.
    absl::Duration idle_timeout = absl::Seconds(60);
    // For the client to take a response, or the next piece of a stream.
    absl::Duration write_timeout = absl::Seconds(60);
    // What Stop waits for requests to finish, before it aborts them.
    absl::Duration drain_timeout = absl::Seconds(2);
    // For the TCP port; plain HTTP without. Outlives the server.
    ServerContextSource* tls = nullptr;
    // To be told of each answer; null for nobody. Outlives the server.
    HttpObserver* observer = nullptr;
  };

  // `handler` outlives the server.
  HttpServer(HttpHandler* handler, Options options);
  ~HttpServer();

  // Listens, and returns the port: `port`, or a free one for 0. `host` is an
  // IPv4 or IPv6 address, or "localhost" for 127.0.0.1. Errors name the
  // address, the port and the mend: INVALID_ARGUMENT for a bad host or port,
  // UNAVAILABLE when it cannot be listened on. At most once.
  absl::StatusOr<int> Start(const std::string& host, int port);

  // Listens on a unix socket at `path` too, always without TLS; `mode` says who
  // may use it. Errors as those of PrepareUnixSocket.
  absl::Status StartUnix(const std::string& path, mode_t mode);

  // Closes the listener and idle connections, ends streams, lets requests
  // finish, aborts those that take longer than drain_timeout, and returns when
  // the handler is done with all of them. Harmless to repeat.
  void Stop();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_SERVER_H_
