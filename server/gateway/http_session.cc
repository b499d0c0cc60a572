#include "server/gateway/http_session.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "server/gateway/http_head.h"

namespace smon {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;
using Error = beast::error_code;

// A refused client gets this long, and this much read, to see the answer.
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);
constexpr size_t kLingerBytes = 4 * 1024 * 1024;
// Most requests fit; each idle connection holds that much.
constexpr size_t kFirstReadBytes = 1024;

class Session;

// A callback may be copied. The copies share this, so that none of them holds
// the session once one has been called.
std::shared_ptr<std::shared_ptr<Session>> Cell(
    std::shared_ptr<Session> session) {
  return std::make_shared<std::shared_ptr<Session>>(std::move(session));
}

class Session : public HttpSession,
                public std::enable_shared_from_this<Session> {
 public:
  Session(ClientStream::Socket socket, std::shared_ptr<net::ssl::context> tls,
          HttpServerState* state, std::function<void(HttpSession*)> on_close)
      : stream_(std::move(socket), std::move(tls)),
        state_(state),
        on_close_(std::move(on_close)),
        // Room for a header and for what follows it in the same packet.
        buffer_(state->options.max_header_bytes + 64 * 1024) {
    Error ignored;
    stream_.socket().set_option(net::ip::tcp::no_delay(true), ignored);
  }

  void Serve() override {
    state_->waiting.push_back(*this);
    Shake([this] { AwaitRequest(); });
  }

  void Refuse() override {
    Shake([this] {
      keep_alive_ = false;
      Answer(RefusedResponse(503, "too many connections"));
    });
  }

  void Drain() override {
    if (body_stream_ != nullptr) body_stream_->Cancel();
    if (!answering_) Close();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    Hold(nullptr, 0);
    if (body_stream_ != nullptr) body_stream_->Cancel();
    SetAnswering(false);
    SessionHook<WaitingTag>::unlink();
    Error ignored;
    stream_.socket().shutdown(net::socket_base::shutdown_both, ignored);
    stream_.close();
    on_close_(this);
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  // The TLS handshake, if there is one to be made.
  template <typename Next>
  void Shake(Next next) {
    stream_.ExpireAfter(state_->options.request_timeout);
    stream_.AsyncHandshake([self = shared_from_this(), next](Error error) {
      if (error) return self->Close();
      self->peer_ = std::make_shared<const Peer>(self->stream_.ReadPeer());
      next();
    });
  }

  // Waits for a request.
  void AwaitRequest() {
    if (buffer_.size() > 0) return ReadHeader();
    // Many connections wait here: what the last request needed goes.
    parser_ = nullptr;
    buffer_.shrink_to_fit();
    stream_.ExpireAfter(state_->options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(kFirstReadBytes),
        [self = shared_from_this()](Error error, size_t size) {
          if (error) return self->Close();
          self->buffer_.commit(size);
          self->ReadHeader();
        });
  }

  void SetAnswering(bool answering) {
    if (answering_ == answering) return;
    answering_ = answering;
    SessionHook<WaitingTag>::unlink();
    if (!answering) state_->waiting.push_back(*this);
    state_->AddAnswering(answering ? 1 : -1);
  }

  // Of what the client sends, or takes. Null to hold nothing.
  void Hold(HeldBytes* where, size_t bytes) {
    if (holds_in_ != nullptr) holds_in_->Release(this, held_bytes_);
    holds_in_ = closed_ ? nullptr : where;
    held_bytes_ = bytes;
    if (holds_in_ != nullptr) holds_in_->Hold(this, bytes);
  }

  void ReadHeader() {
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(state_->options.max_header_bytes);
    parser_->body_limit(state_->options.max_body_bytes);
    // One deadline for header and body: a byte now and then does not move it.
    stream_.ExpireAfter(state_->options.request_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](Error error, size_t) {
                              self->OnHeader(error);
                            });
  }

  void OnHeader(const Error& error) {
    if (error) return Reject(RefusalOf(error, state_->options));
    const auto& head = parser_->get();
    if (auto refusal = RefusalOf(head)) return Reject(std::move(refusal));
    const size_t most = state_->options.max_body_bytes;
    Hold(&state_->requests,
         parser_->content_length().value_or(parser_->chunked() ? most : 0));
    AwaitsContinue(head) ? SendContinue() : ReadBody();
  }

  void SendContinue() {
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(stream_, net::buffer(kContinue, sizeof(kContinue) - 1),
                     [self = shared_from_this()](Error error, size_t) {
                       error ? self->Close() : self->ReadBody();
                     });
  }

  void ReadBody() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](Error error, size_t) {
                       self->OnBody(error);
                     });
  }

  void OnBody(const Error& error) {
    error ? Reject(RefusalOf(error, state_->options)) : Handle();
  }

  // Without an answer when there is nobody to give it to.
  void Reject(std::optional<HttpResponse> refusal) {
    if (!refusal.has_value()) return Close();
    keep_alive_ = false;
    is_head_ = false;
    chunked_ = true;
    Answer(*std::move(refusal));
  }

  void Handle() {
    if (closed_) return;
    auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    is_head_ = message.method() == http::verb::head;
    chunked_ = message.version() >= 11;

    began_ = std::chrono::steady_clock::now();
    HttpRequest request = RequestOf(&message);
    method_ = request.method;
    request.remote_address = peer_->address;
    request.peer = peer_;
    client_gone_ = std::make_shared<ClientGone>();
    request.client_gone = client_gone_;

    // The handler bounds requests from here on, and the client's patience time.
    Hold(nullptr, 0);
    stream_.expires_never();
    SetAnswering(true);
    state_->AddHandling(1);
    WatchClient();
    HttpServerState* const state = state_;
    state->handler->Handle(std::move(request), [cell = Cell(shared_from_this()),
                                                state](HttpResponse response) {
      net::post(state->io, [self = std::move(*cell),
                            response = std::move(response)]() mutable {
        self->Answer(std::move(response));
      });
      // Last: the server may be gone after it.
      state->AddHandling(-1);
    });
  }

  // Notices that the client closes while it waits. Data that comes early is
  // the next request: it ends the watch.
  void WatchClient() {
    if (watching_ || closed_) return;
    watching_ = true;
    stream_.socket().async_wait(
        net::socket_base::wait_read, [self = shared_from_this()](Error error) {
          self->watching_ = false;
          if (error || self->closed_ || !self->answering_) return;
          char byte;
          if (::recv(self->stream_.socket().native_handle(), &byte, 1,
                     MSG_PEEK | MSG_DONTWAIT) > 0) {
            return;
          }
          if (self->body_stream_ != nullptr) return self->Close();
          self->client_gone_->Signal();
        });
  }

  void Answer(HttpResponse response) {
    TellObserver(response);
    if (closed_) {
      if (response.stream != nullptr) response.stream->Cancel();
      return;
    }
    SetAnswering(true);
    if (state_->draining) keep_alive_ = false;
    if (response.stream != nullptr && !chunked_) keep_alive_ = false;
    response_ = ResponseHead(response, keep_alive_);
    if (response.stream != nullptr) {
      return StartStream(std::move(response));
    }
    response_.body() = std::move(response.body);
    response_.prepare_payload();
    if (response.status == 204 || response.status == 304) {
      response_.erase(http::field::content_length);  // RFC 9110, 8.6
    }
    if (is_head_) response_.body().clear();
    Hold(&state_->answers, response_.body().size());
    stream_.ExpireAfter(state_->options.write_timeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](Error error, size_t) {
                        error ? self->Close() : self->OnAnswered();
                      });
  }

  void TellObserver(const HttpResponse& response) {
    if (state_->options.observer == nullptr) return;
    // What was refused before it was a whole request took no time of ours.
    const auto time = began_.has_value()
                          ? std::chrono::steady_clock::now() - *began_
                          : std::chrono::steady_clock::duration::zero();
    state_->options.observer->OnAnswer(method_, response.route, response.status,
                                       absl::FromChrono(time));
    method_.clear();
    began_.reset();
  }

  void OnAnswered() {
    Hold(nullptr, 0);
    header_.reset();
    response_ = {};
    client_gone_ = nullptr;
    if (keep_alive_ && !state_->draining) {
      SetAnswering(false);
      AwaitRequest();
    } else {
      Linger();
    }
  }

  // Closing with unread input would reset the connection, and the client might
  // lose the answer.
  void Linger() {
    stream_.ExpireAfter(kLingerTimeout);
    SetAnswering(false);
    stream_.AsyncEndOutput([self = shared_from_this()](Error) {
      if (self->state_->draining) return self->Close();
      self->ReadAndForget(0);
    });
  }

  void ReadAndForget(size_t total) {
    buffer_.clear();
    stream_.raw().async_read_some(
        buffer_.prepare(16 * 1024),
        [self = shared_from_this(), total](Error error, size_t size) {
          if (error || total > kLingerBytes) return self->Close();
          self->ReadAndForget(total + size);
        });
  }

  void StartStream(HttpResponse response) {
    body_stream_ = std::move(response.stream);
    piece_ = std::move(response.body);
    if (chunked_) response_.chunked(true);
    header_.emplace(response_);
    stream_.ExpireAfter(state_->options.write_timeout);
    http::async_write_header(stream_, *header_,
                             [self = shared_from_this()](Error error, size_t) {
                               if (error) return self->Close();
                               if (self->is_head_) return self->EndStream();
                               self->WritePiece();
                             });
  }

  void WritePiece() {
    if (piece_.empty()) return NextPiece();
    Hold(&state_->answers, piece_.size());
    stream_.ExpireAfter(state_->options.write_timeout);
    const auto written = [self = shared_from_this()](Error error, size_t) {
      error ? self->Close() : self->NextPiece();
    };
    if (chunked_) {
      net::async_write(stream_, http::make_chunk(net::buffer(piece_)), written);
    } else {
      net::async_write(stream_, net::buffer(piece_), written);
    }
  }

  void NextPiece() {
    Hold(nullptr, 0);
    stream_.expires_never();
    WatchClient();
    state_->AddHandling(1);
    HttpServerState* const state = state_;
    body_stream_->Next([cell = Cell(shared_from_this()),
                        state](std::optional<std::string> piece) {
      net::post(state->io,
                [self = std::move(*cell), piece = std::move(piece)]() mutable {
                  if (self->closed_) return;
                  if (!piece.has_value()) {
                    return self->body_stream_->Broken() ? self->Close()
                                                        : self->EndStream();
                  }
                  self->piece_ = *std::move(piece);
                  self->WritePiece();
                });
      state->AddHandling(-1);
    });
  }

  void EndStream() {
    if (is_head_) body_stream_->Cancel();
    body_stream_ = nullptr;
    if (is_head_ || !chunked_) return OnAnswered();
    stream_.ExpireAfter(state_->options.write_timeout);
    net::async_write(stream_, http::make_chunk_last(),
                     [self = shared_from_this()](Error error, size_t) {
                       error ? self->Close() : self->OnAnswered();
                     });
  }

  ClientStream stream_;
  HttpServerState* const state_;
  const std::function<void(HttpSession*)> on_close_;
  std::shared_ptr<const Peer> peer_;
  beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> header_;
  std::shared_ptr<HttpBodyStream> body_stream_;
  std::string piece_;
  std::shared_ptr<ClientGone> client_gone_;
  HeldBytes* holds_in_ = nullptr;
  size_t held_bytes_ = 0;
  bool answering_ = false;  // from the whole request to the whole answer
  bool watching_ = false;
  bool closed_ = false;
  // Of the current request.
  std::string method_;
  std::optional<std::chrono::steady_clock::time_point> began_;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool chunked_ = true;
};

}  // namespace

std::shared_ptr<HttpSession> NewHttpSession(
    ClientStream::Socket socket, std::shared_ptr<net::ssl::context> tls,
    HttpServerState* state, std::function<void(HttpSession*)> on_close) {
  return std::make_shared<Session>(std::move(socket), std::move(tls), state,
                                   std::move(on_close));
}

}  // namespace smon
