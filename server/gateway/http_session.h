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

// In which list of its state a session is.
struct WaitingTag;
struct HoldingTag;
template <typename Tag>
using SessionHook = boost::intrusive::list_base_hook<
    boost::intrusive::tag<Tag>,
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One connection, in the server's thread. Its pending callbacks keep it alive.
class HttpSession : public SessionHook<WaitingTag>,
                    public SessionHook<HoldingTag> {
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

template <typename Tag>
using SessionList =
    boost::intrusive::list<HttpSession,
                           boost::intrusive::base_hook<SessionHook<Tag>>,
                           boost::intrusive::constant_time_size<false>>;

// Memory that sessions hold while their clients send, or take what is sent: as
// long as these like, so that many slow ones could hold any amount. A session
// holds in one place at a time.
class HeldBytes {
 public:
  explicit HeldBytes(size_t most) : most_(most) {}

  // `session` holds so many from now on. Where that is too much for all of
  // them, those that have held theirs for longest are closed.
  void Hold(HttpSession* session, size_t bytes) {
    held_ += bytes;
    sessions_.push_back(*session);
    while (held_ > most_ && &sessions_.front() != session) {
      sessions_.front().Close();
    }
  }
  // `bytes` as held before. A session does so when it is closed.
  void Release(HttpSession* session, size_t bytes) {
    held_ -= bytes;
    session->SessionHook<HoldingTag>::unlink();
  }

 private:
  const size_t most_;
  size_t held_ = 0;
  SessionList<HoldingTag> sessions_;  // the longest first
};

// What the connections of an HttpServer share. All but the counters belongs to
// the server's thread.
struct HttpServerState {
  HttpServerState(HttpHandler* h, HttpServer::Options o)
      : handler(h),
        options(o),
        requests(o.max_held_bytes),
        answers(o.max_held_bytes) {}

  HttpHandler* const handler;
  const HttpServer::Options options;
  boost::asio::io_context io{1};
  bool draining = false;
  // Those that no request is being answered on, the longest so first.
  SessionList<WaitingTag> waiting;
  HeldBytes requests;  // that are being read
  HeldBytes answers;   // that are being sent

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
