#include "testing/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

// The body's length, from its header.
size_t BodySize(absl::string_view head) {
  constexpr absl::string_view kName = "Content-Length: ";
  const size_t at = head.find(kName);
  if (at == absl::string_view::npos) return 0;
  const absl::string_view rest = head.substr(at + kName.size());
  size_t size = 0;
  return absl::SimpleAtoi(rest.substr(0, rest.find('\r')), &size) ? size : 0;
}

}  // namespace

std::string RawServer::Connection::ReadRequest() {
  for (;;) {
    const size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const size_t size = end + 4 + BodySize(buffer_.substr(0, end + 2));
      if (buffer_.size() >= size) {
        const std::string request = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return request;
      }
    }
    char chunk[4096];
    const ssize_t got = recv(fd_, chunk, sizeof(chunk), 0);
    if (got <= 0) return "";
    buffer_.append(chunk, got);
  }
}

bool RawServer::Connection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

bool RawServer::Connection::AwaitClose(int timeout_ms) {
  pollfd watched = {fd_, POLLIN, 0};
  if (poll(&watched, 1, timeout_ms) <= 0) return false;
  char byte;
  return recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

void RawServer::Connection::ResetOnClose() {
  const linger now = {1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

RawServer::RawServer(Serve serve)
    : serve_(std::move(serve)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 100) != 0 ||
      getsockname(listener_, any, &size) != 0) {
    abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  // Ends the accept().
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  const MutexLock lock(&mutex_);
  for (std::thread& connection : connections_) connection.join();
}

std::string RawServer::url() const {
  return absl::StrCat("http://127.0.0.1:", port_);
}

int RawServer::connections() const {
  const MutexLock lock(&mutex_);
  return static_cast<int>(connections_.size());
}

void RawServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const MutexLock lock(&mutex_);
    connections_.emplace_back([this, fd] {
      Connection connection(fd);
      serve_(&connection);
      close(fd);
    });
  }
}

std::string RawResponse(absl::string_view status, absl::string_view body,
                        absl::string_view headers) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace smon
