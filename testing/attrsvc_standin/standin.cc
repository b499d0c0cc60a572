#include "testing/attrsvc_standin/standin.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"

namespace smon::attrsvc_standin {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;
using boost::system::error_code;
using Socket = net::generic::stream_protocol::socket;

constexpr size_t kMaxBodyBytes = 1 << 20;

// One connection: reads a request, answers it when its time has come, and
// reads the next one. Runs on the stand-in's one thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, Service* service)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        service_(service) {}

  void Read() {
    parser_.emplace();
    parser_->body_limit(kMaxBodyBytes);
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) {
                       self->OnRead(error);
                     });
  }

 private:
  void OnRead(error_code error) {
    if (error == http::error::body_limit) {
      Write(ProxyReply(413), /*keep_alive=*/false);
      return;
    }
    const bool bad_request =
        error != http::error::end_of_stream &&
        error.category() == error_code(http::error::bad_method).category();
    if (bad_request) {
      Write(ProxyReply(400), /*keep_alive=*/false);
      return;
    }
    if (error) return;
    const http::request<http::string_body>& in = parser_->get();
    Request request;
    request.method = std::string(in.method_string());
    request.target = std::string(in.target());
    request.content_type = std::string(in[http::field::content_type]);
    request.body = in.body();
    Reply reply = service_->Handle(request, absl::Now());
    timer_.expires_after(absl::ToChronoNanoseconds(reply.delay));
    timer_.async_wait([self = shared_from_this(), reply = std::move(reply),
                       keep_alive = in.keep_alive()](error_code cancelled) {
      if (!cancelled) self->Write(reply, keep_alive);
    });
  }

  void Write(const Reply& reply, bool keep_alive) {
    error_code error;
    if (reply.reset) {
      // Closing then sends RST instead of FIN.
      socket_.set_option(net::socket_base::linger(true, 0), error);
      socket_.close(error);
      return;
    }
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(reply.status));
    response_.set(http::field::server, "attrsvc_standin");
    response_.set(http::field::content_type, reply.content_type);
    for (const auto& [name, value] : reply.headers) {
      response_.set(name, value);
    }
    response_.keep_alive(keep_alive);
    response_.body() = reply.body;
    response_.prepare_payload();
    http::async_write(
        socket_, response_,
        [self = shared_from_this(), keep_alive](error_code failed, size_t) {
          if (!failed && keep_alive) self->Read();
        });
  }

  Socket socket_;
  net::steady_timer timer_;
  Service* const service_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

template <typename Protocol>
absl::Status Listen(const typename Protocol::endpoint& endpoint,
                    typename Protocol::acceptor* acceptor) {
  error_code error;
  acceptor->open(endpoint.protocol(), error);
  if (!error) {
    acceptor->set_option(net::socket_base::reuse_address(true), error);
  }
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(net::socket_base::max_listen_connections, error);
  if (error) return absl::UnavailableError(error.message());
  return absl::OkStatus();
}

template <typename Acceptor>
void Accept(Acceptor* acceptor, Service* service) {
  acceptor->async_accept([acceptor, service](error_code error, auto socket) {
    if (error == net::error::operation_aborted) return;
    if (!error) {
      std::make_shared<Session>(Socket(std::move(socket)), service)->Read();
    }
    Accept(acceptor, service);
  });
}

// Removes a socket that a killed process left behind, and nothing else.
void RemoveStaleSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  net::io_context io;
  net::local::stream_protocol::socket socket(io);
  error_code error;
  socket.connect(net::local::stream_protocol::endpoint(path), error);
  if (error == net::error::connection_refused) unlink(path.c_str());
}

}  // namespace

class AttrsvcStandIn::Impl {
 public:
  explicit Impl(const StandInOptions& options)
      : options_(options), service_(options.service) {}

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    if (owns_socket_) unlink(options_.unix_socket.c_str());
  }

  absl::Status Start() {
    if (options_.port) SMON_RETURN_IF_ERROR(ListenOnPort(*options_.port));
    if (!options_.unix_socket.empty()) {
      SMON_RETURN_IF_ERROR(ListenOnSocket());
    }
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  int port() const { return port_; }
  std::string url() const {
    return port_ != 0 ? absl::StrCat("http://127.0.0.1:", port_)
                      : absl::StrCat("unix://", options_.unix_socket);
  }
  Service& service() { return service_; }

 private:
  absl::Status ListenOnPort(int port) {
    if (port < 0 || port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("port ", port, ": give 0 to 65535"));
    }
    const net::ip::tcp::endpoint endpoint(net::ip::address_v4::loopback(),
                                          static_cast<uint16_t>(port));
    SMON_RETURN_IF_ERROR(
        Annotate(Listen<net::ip::tcp>(endpoint, &tcp_),
                 absl::StrCat("cannot listen on 127.0.0.1:", port)));
    error_code error;
    port_ = tcp_.local_endpoint(error).port();
    Accept(&tcp_, &service_);
    return absl::OkStatus();
  }

  absl::Status ListenOnSocket() {
    const std::string& path = options_.unix_socket;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": too long for a unix socket"));
    }
    RemoveStaleSocket(path);
    SMON_RETURN_IF_ERROR(
        Annotate(Listen<net::local::stream_protocol>(
                     net::local::stream_protocol::endpoint(path), &unix_),
                 absl::StrCat("cannot listen on ", path)));
    owns_socket_ = true;
    Accept(&unix_, &service_);
    return absl::OkStatus();
  }

  const StandInOptions options_;
  // Outlives io_, whose pending handlers hold sessions that point to it.
  Service service_;
  net::io_context io_{1};
  net::ip::tcp::acceptor tcp_{io_};
  net::local::stream_protocol::acceptor unix_{io_};
  int port_ = 0;
  bool owns_socket_ = false;
  std::thread thread_;
};

AttrsvcStandIn::AttrsvcStandIn(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

AttrsvcStandIn::~AttrsvcStandIn() = default;

absl::StatusOr<std::unique_ptr<AttrsvcStandIn>> AttrsvcStandIn::Start(
    const StandInOptions& options) {
  SMON_RETURN_IF_ERROR(Check(options.service.knobs));
  auto impl = std::make_unique<Impl>(options);
  SMON_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<AttrsvcStandIn>(new AttrsvcStandIn(std::move(impl)));
}

int AttrsvcStandIn::port() const { return impl_->port(); }
std::string AttrsvcStandIn::url() const { return impl_->url(); }
Service& AttrsvcStandIn::service() { return impl_->service(); }

}  // namespace smon::attrsvc_standin
