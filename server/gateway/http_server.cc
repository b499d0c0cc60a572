#include "server/gateway/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/log.h"
#include "server/gateway/http_session.h"

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

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpHandler* handler, Options options)
      : state_(handler, options),
        acceptor_(state_.io),
        retry_(state_.io),
        work_(net::make_work_guard(state_.io)) {}

  ~Impl() { Stop(); }

  absl::StatusOr<int> Start(const std::string& host, int port) {
    const auto address = ParseHost(host);
    if (!address.ok()) return address.status();
    if (port < 0 || port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot listen on port ", port,
                       ": give one from 1 to 65535, or 0 for any free one"));
    }
    const tcp::endpoint endpoint(*address, static_cast<uint16_t>(port));
    Error error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(net::socket_base::reuse_address(true), error);
    }
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) {
      acceptor_.listen(net::socket_base::max_listen_connections, error);
    }
    if (error) {
      Error ignored;
      acceptor_.close(ignored);
      return CannotListen(endpoint, error);
    }
    const int bound = acceptor_.local_endpoint(error).port();
    Accept();
    thread_ = std::thread([this] { state_.io.run(); });
    return bound;
  }

  void Stop() {
    if (!thread_.joinable()) return;
    net::post(state_.io, [this] {
      state_.draining = true;
      Error ignored;
      acceptor_.close(ignored);
      retry_.cancel();
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

  void Accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (state_.draining || error == net::error::operation_aborted) return;
      if (error) {
        // Out of file descriptors, say: not to be tried in a tight loop.
        LogWarning("cannot accept an HTTP connection",
                   {{"error", error.message()}});
        retry_.expires_after(std::chrono::milliseconds(100));
        retry_.async_wait([this](Error cancelled) {
          if (!cancelled) Accept();
        });
        return;
      }
      const int others = static_cast<int>(sessions_.size());
      const int most = state_.options.max_connections;
      if (others < 2 * most) {
        const auto session = NewHttpSession(
            std::move(socket), &state_,
            [this](HttpSession* closed) { sessions_.erase(closed); });
        sessions_.insert(session.get());
        others < most ? session->Serve() : session->Refuse();
      }
      Accept();
    });
  }

  HttpServerState state_;
  tcp::acceptor acceptor_;
  net::steady_timer retry_;
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

void HttpServer::Stop() { impl_->Stop(); }

}  // namespace smon
