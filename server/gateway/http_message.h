#ifndef SMON_SERVER_GATEWAY_HTTP_MESSAGE_H_
#define SMON_SERVER_GATEWAY_HTTP_MESSAGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "server/auth/peer.h"

namespace smon {

// Names as they came; compare them without regard to case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, or empty.
inline absl::string_view FindHeader(const HttpHeaders& headers,
                                    absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

// Tells a handler that the client has closed its side of the connection before
// the answer. Thread-safe.
class ClientGone {
 public:
  // `callback` is called at most once, at once if the client is gone already.
  void OnSignal(std::function<void()> callback) {
    {
      MutexLock lock(&mu_);
      if (!signalled_) {
        callback_ = std::move(callback);
        return;
      }
    }
    callback();
  }
  void Signal() {
    std::function<void()> callback;
    {
      MutexLock lock(&mu_);
      signalled_ = true;
      callback = std::move(callback_);
      callback_ = nullptr;
    }
    if (callback) callback();
  }

 private:
  Mutex mu_;
  bool signalled_ ABSL_GUARDED_BY(mu_) = false;
  std::function<void()> callback_ ABSL_GUARDED_BY(mu_);
};

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/v1/jobs?page_size=2"
  HttpHeaders headers;
  std::string body;
  std::string remote_address;        // the client's IP address, without port
  std::shared_ptr<const Peer> peer;  // who asks; never null from HttpServer
  // gRPC metadata of our own making, for the calls that this request leads to.
  HttpHeaders own_metadata;
  // Absent where nobody watches the connection.
  std::shared_ptr<ClientGone> client_gone;
};

// The rest of a response whose length is not known yet. Next and Cancel are
// called by one thread; `ready` may be called by any, also from within Next.
class HttpBodyStream {
 public:
  virtual ~HttpBodyStream() = default;
  // Calls `ready` once: with the next piece, or nothing at the end. Not to be
  // called again before that.
  virtual void Next(std::function<void(std::optional<std::string>)> ready) = 0;
  // The client is gone. A call to `ready` that is due still comes.
  virtual void Cancel() = 0;
  // After the end: whether something is missing. The server then cuts the
  // connection off, so that the client does not take what it has for the whole.
  virtual bool Broken() const { return false; }
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  // Besides those that the server always sends.
  HttpHeaders headers;
  std::string body;
  // EtagOf(body), where that is known already.
  std::string etag;
  // What served it, for those who count: "/v1/jobs/{job_id}". Of a bounded set.
  std::string route;
  // When set, what follows `body`.
  std::shared_ptr<HttpBodyStream> stream;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Calls `done` exactly once, from any thread, also before it returns. Must
  // not block. A HEAD request is answered as GET would be; the server leaves
  // the body out.
  virtual void Handle(HttpRequest request,
                      std::function<void(HttpResponse)> done) = 0;
  // Ends what is still running: each `done` that is due comes soon.
  virtual void Abort() = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_MESSAGE_H_
