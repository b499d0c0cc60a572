#include "server/gateway/http_server.h"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/status_macros.h"
#include "server/gateway/client_stream.h"
#include "server/gateway/http_listener.h"
#include "server/gateway/http_session.h"

namespace smon {
namespace {

namespace net = boost::asio;
using Error = boost::system::error_code;

// So many clients at once are told that there are too many; others see their
// connections close.
constexpr int kMostRefused = 256;

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpHandler* handler, Options options)
      : state_(handler, options), work_(net::make_work_guard(state_.io)) {}

  ~Impl() { Stop(); }

  absl::StatusOr<int> Start(const std::string& host, int port) {
    Listener* const listener = AddListener(/*is_tcp=*/true);
    SMON_ASSIGN_OR_RETURN(const int bound,
                          ListenTcp(host, port, &listener->acceptor));
    Run();
    return bound;
  }

  absl::Status StartUnix(const std::string& path, mode_t mode) {
    Listener* const listener = AddListener(/*is_tcp=*/false);
    SMON_RETURN_IF_ERROR(ListenUnix(path, mode, &listener->acceptor));
    listener->path = path;
    Run();
    return absl::OkStatus();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    net::post(state_.io, [this] {
      state_.draining = true;
      for (const auto& listener : listeners_) listener->Close();
      for (HttpSession* session : Sessions()) session->Drain();
    });
    using std::chrono::steady_clock;  // whatever is done to the wall clock
    const auto deadline =
        steady_clock::now() +
        absl::ToChronoNanoseconds(state_.options.drain_timeout);
    {
      MutexLock lock(&state_.mu);
      while (state_.handling + state_.answering > 0 &&
             steady_clock::now() < deadline) {
        state_.changed.WaitFor(
            &state_.mu, absl::FromChrono(deadline - steady_clock::now()));
      }
    }
    state_.handler->Abort();
    net::post(state_.io, [this] {
      for (HttpSession* session : Sessions()) session->Close();
    });
    {
      MutexLock lock(&state_.mu);
      while (state_.handling > 0) state_.changed.Wait(&state_.mu);
    }
    work_.reset();
    thread_.join();
  }

 private:
  // A copy, since closing one takes it out.
  std::set<HttpSession*> Sessions() const { return sessions_; }

  // A socket that is listened on. In the server's thread once it runs.
  struct Listener {
    Listener(net::io_context* io, bool tcp)
        : acceptor(*io), retry(*io), is_tcp(tcp) {}

    void Close() {
      Error ignored;
      acceptor.close(ignored);
      retry.cancel();
      if (!path.empty()) unlink(path.c_str());
    }

    HttpAcceptor acceptor;
    net::steady_timer retry;
    const bool is_tcp;
    std::string path;  // of a unix socket
  };

  Listener* AddListener(bool is_tcp) {
    pending_ = std::make_unique<Listener>(&state_.io, is_tcp);
    return pending_.get();
  }

  // Accepts on the pending listener.
  void Run() {
    net::post(state_.io, [this, added = std::move(pending_)]() mutable {
      listeners_.push_back(std::move(added));
      Accept(listeners_.back().get());
    });
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { state_.io.run(); });
    }
  }

  void Accept(Listener* listener) {
    listener->acceptor.async_accept(
        [this, listener](Error error, ClientStream::Socket socket) {
          if (state_.draining || error == net::error::operation_aborted) return;
          if (error) {
            // Out of file descriptors, say: not to be tried in a tight loop.
            LogWarning("cannot accept an HTTP connection",
                       {{"error", error.message()}});
            listener->retry.expires_after(std::chrono::milliseconds(100));
            listener->retry.async_wait([this, listener](Error cancelled) {
              if (!cancelled) Accept(listener);
            });
            return;
          }
          const int most = state_.options.max_connections;
          // Rather a client that does nothing than a probe, say.
          if (static_cast<int>(sessions_.size()) >= most &&
              !state_.waiting.empty()) {
            state_.waiting.front().Close();
          }
          const int others = static_cast<int>(sessions_.size());
          if (others < most + kMostRefused) {
            const auto session =
                NewHttpSession(std::move(socket),
                               listener->is_tcp && state_.options.tls != nullptr
                                   ? state_.options.tls->ServerContext()
                                   : nullptr,
                               &state_, [this](HttpSession* closed) {
                                 sessions_.erase(closed);
                                 TellConnections();
                               });
            sessions_.insert(session.get());
            TellConnections();
            others < most ? session->Serve() : session->Refuse();
          }
          Accept(listener);
        });
  }

  void TellConnections() {
    if (state_.options.observer == nullptr) return;
    state_.options.observer->OnConnections(static_cast<int>(sessions_.size()));
  }

  HttpServerState state_;
  std::unique_ptr<Listener> pending_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::set<HttpSession*> sessions_;
  std::thread thread_;
};

HttpServer::HttpServer(HttpHandler* handler, Options options)
    : impl_(std::make_unique<Impl>(handler, options)) {}

HttpServer::~HttpServer() = default;

absl::StatusOr<int> HttpServer::Start(const std::string& host, int port) {
  return impl_->Start(host, port);
}

absl::Status HttpServer::StartUnix(const std::string& path, mode_t mode) {
  return impl_->StartUnix(path, mode);
}

void HttpServer::Stop() { impl_->Stop(); }

}  // namespace smon
