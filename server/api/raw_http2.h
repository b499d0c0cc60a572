#ifndef SMON_SERVER_API_RAW_HTTP2_H_
#define SMON_SERVER_API_RAW_HTTP2_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace smon {

// For tests: a client's end of an HTTP/2 connection, which sends and reads one
// frame (RFC 9113, section 4) at a time, and nothing by itself.
class RawHttp2 {
 public:
  enum Type { kData = 0, kSettings = 4, kPing = 6, kGoAway = 7 };
  static constexpr uint8_t kAck = 1;

  struct Frame {
    int type = 0;
    uint8_t flags = 0;
    std::string payload;
  };

  // To a port of this host.
  explicit RawHttp2(int port)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit = {60, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address),
                      sizeof(address)),
              0);
  }
  ~RawHttp2() { close(fd_); }
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  // What a client has to begin with.
  void Begin() {
    SendBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send({kSettings, 0, ""});
  }

  // On the stream 0, which is the connection's own.
  void Send(const Frame& frame) {
    const char header[] = {0,
                           0,
                           static_cast<char>(frame.payload.size()),
                           static_cast<char>(frame.type),
                           static_cast<char>(frame.flags),
                           0,
                           0,
                           0,
                           0};
    SendBytes(
        absl::StrCat(absl::string_view(header, sizeof(header)), frame.payload));
  }

  // None when the server has closed the connection, or says nothing for a
  // minute.
  std::optional<Frame> Read() {
    const auto header = ReadBytes(9);  // length, type, flags, stream
    if (!header.has_value()) return std::nullopt;
    const auto payload =
        ReadBytes(static_cast<size_t>(Number(header->substr(0, 3))));
    if (!payload.has_value()) return std::nullopt;
    return Frame{(*header)[3], static_cast<uint8_t>((*header)[4]), *payload};
  }

  // The next frame of that type, past all others; none as above.
  std::optional<Frame> ReadNext(int type) {
    std::optional<Frame> frame;
    do {
      frame = Read();
    } while (frame.has_value() && frame->type != type);
    return frame;
  }

  static uint32_t Number(absl::string_view bytes) {
    uint32_t value = 0;
    for (const char byte : bytes) {
      value = value << 8 | static_cast<uint8_t>(byte);
    }
    return value;
  }

 private:
  void SendBytes(const std::string& bytes) {
    send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  std::optional<std::string> ReadBytes(size_t count) {
    std::string bytes(count, '\0');
    const ssize_t size = recv(fd_, bytes.data(), count, MSG_WAITALL);
    if (size != static_cast<ssize_t>(count)) return std::nullopt;
    return bytes;
  }

  const int fd_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_RAW_HTTP2_H_
