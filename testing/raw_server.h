#ifndef SMON_TESTING_RAW_SERVER_H_
#define SMON_TESTING_RAW_SERVER_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/mutex.h"

namespace smon {

// A TCP server on loopback whose connections are served by the test, each on a
// thread of its own: for what no proper HTTP server does.
//
//   RawServer server([](RawServer::Connection* c) {
//     c->ReadRequest();
//     c->Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
//   });
//
// The connection is closed when the function returns. The destructor waits for
// all of them: destroy the client first.
class RawServer {
 public:
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    // The next request, head and body; "" when the client has closed.
    std::string ReadRequest();
    // False when the client has closed.
    bool Send(absl::string_view bytes);
    // Returns when the client has closed, or after that many milliseconds (-1:
    // never); true when it has closed.
    bool AwaitClose(int timeout_ms);
    // Makes the close a reset.
    void ResetOnClose();

   private:
    const int fd_;
    std::string buffer_;
  };
  using Serve = std::function<void(Connection*)>;

  explicit RawServer(Serve serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url() const;
  int connections() const;

 private:
  void Accept();

  const Serve serve_;
  int listener_;
  int port_ = 0;
  mutable Mutex mutex_;
  std::vector<std::thread> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

// A whole HTTP response with that body.
std::string RawResponse(absl::string_view status, absl::string_view body,
                        absl::string_view headers = "");

}  // namespace smon

#endif  // SMON_TESTING_RAW_SERVER_H_
