#ifndef SMON_SERVER_GATEWAY_HTTP_SESSION_H_
#define SMON_SERVER_GATEWAY_HTTP_SESSION_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/intrusive/list.hpp>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "server/gateway/client_stream.h"
#include "server/gateway/http_server.h"

namespace smon {

// One connection, in the server's thread. Its pending callbacks keep it alive.
class HttpSession
    : public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~HttpSession() = default;
  // Serves requests until one side closes.
  virtual void Serve() = 0;
  // Answers 503 and closes.
  virtual void Refuse() = 0;
  // The server stops: closes unless a request is being answered.
  virtual void Drain() = 0;
  virtual void Close() = 0;
};

// What the connections of an HttpServer share. All but the counters belongs to
// the server's thread.
struct HttpServerState {
  HttpServerState(HttpHandler* h, HttpServer::Options o)
      : handler(h), options(o) {}

  HttpHandler* const handler;
  const HttpServer::Options options;
  boost::asio::io_context io{1};
  bool draining = false;
  // Those that no request is being answered on, the longest so first.
  boost::intrusive::list<HttpSession,
                         boost::intrusive::constant_time_size<false>>
      waiting;

  Mutex mu;
  CondVar changed;
  // Calls to the handler whose callback is due.
  int handling ABSL_GUARDED_BY(mu) = 0;
  // Requests whose answer has not been sent.
  int answering ABSL_GUARDED_BY(mu) = 0;

  void AddHandling(int n) {
    MutexLock lock(&mu);
    handling += n;
    changed.NotifyAll();
  }
  void AddAnswering(int n) {
    MutexLock lock(&mu);
    answering += n;
    changed.NotifyAll();
  }
};

// `on_close` is called once. `state` outlives the session. Plain HTTP without
// `tls`.
std::shared_ptr<HttpSession> NewHttpSession(
    ClientStream::Socket socket, std::shared_ptr<boost::asio::ssl::context> tls,
    HttpServerState* state, std::function<void(HttpSession*)> on_close);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_SESSION_H_
