#ifndef SMON_SERVER_GATEWAY_HTTP_TEST_CLIENT_H_
#define SMON_SERVER_GATEWAY_HTTP_TEST_CLIENT_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace smon {

// For tests: a TCP connection to 127.0.0.1 that sends what it is told, and
// reads with a time limit.
class HttpTestClient {
 public:
  explicit HttpTestClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    timeval limit = {20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address),
                         sizeof(address)) == 0;
  }
  ~HttpTestClient() { close(fd_); }
  HttpTestClient(const HttpTestClient&) = delete;
  HttpTestClient& operator=(const HttpTestClient&) = delete;

  bool connected() const { return connected_; }

  void Send(absl::string_view text) {
    while (!text.empty()) {
      const ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

  void CloseSendSide() { shutdown(fd_, SHUT_WR); }

  // What comes until `text` has come; all there is, if it does not.
  std::string ReadUntil(absl::string_view text) {
    size_t end = absl::string_view::npos;
    while ((end = buffer_.find(std::string(text))) == std::string::npos) {
      if (!ReadMore()) {
        end = buffer_.size();
        break;
      }
    }
    end = std::min(end + text.size(), buffer_.size());
    const std::string result = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return result;
  }

  // One response with a Content-Length; `body` is false after a HEAD.
  std::string ReadResponse(bool body = true) {
    std::string response = ReadUntil("\r\n\r\n");
    const std::string kLength = "Content-Length: ";
    const size_t at = response.find(kLength);
    size_t length = 0;
    if (!body || at == std::string::npos ||
        !absl::SimpleAtoi(
            response.substr(at + kLength.size(),
                            response.find('\r', at) - at - kLength.size()),
            &length)) {
      return response;
    }
    while (buffer_.size() < length && ReadMore()) {
    }
    response += buffer_.substr(0, length);
    buffer_.erase(0, length);
    return response;
  }

  // All until the other side closes; "(still open)" if it does not.
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    if (!closed_) return "(still open)";
    std::string all;
    all.swap(buffer_);
    return all;
  }

 private:
  bool ReadMore() {
    char chunk[65536];
    const ssize_t n = recv(fd_, chunk, sizeof(chunk), 0);
    if (n > 0) {
      buffer_.append(chunk, static_cast<size_t>(n));
    } else if (n == 0 || errno == ECONNRESET) {
      closed_ = true;
    }
    return n > 0;
  }

  const int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_TEST_CLIENT_H_
