#ifndef SMON_SERVER_ATTRSVC_HTTP_LOOP_H_
#define SMON_SERVER_ATTRSVC_HTTP_LOOP_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/attrsvc/answers.h"

namespace smon {

struct HttpLoopOptions {
  // Connected to instead of the URL's host; empty for TCP.
  std::string unix_socket;
  // For a whole request, from the start to the last byte of the answer.
  absl::Duration timeout = absl::Seconds(60);
  absl::Duration connect_timeout = absl::Seconds(10);
  // A longer body is cut off and counts as a failure, and so are headers of
  // more than 256 KiB.
  size_t max_body_bytes = size_t{64} << 20;
  std::string user_agent = "smonsvc";
};

struct OutgoingRequest {
  std::string url;
  bool is_post = false;  // otherwise a GET
  std::string body;      // JSON, for a POST
};

struct HttpOutcome {
  enum Failure {
    kNone,        // there is a response, of whatever status
    kConnection,  // no connection, or it broke, or what came is not HTTP
    kSilence,     // the request was sent, and nothing came within the timeout
    kTooSlow,     // the answer had begun, but not ended within the timeout
    kTooLarge,
    kStopped,  // the loop was destroyed
  };
  Failure failure = kNone;
  std::string error;          // a phrase, e.g. "Connection refused"
  IncomingResponse response;  // with kNone; else at most its status
};

// Sends HTTP requests from one thread, with libcurl: all that are started run
// at once, over connections that are kept. http and https only, HTTP/1.1, no
// redirects, no compression, nothing from ~/.netrc. A proxy is taken from the
// environment (http_proxy, no_proxy) for hosts other than the machine itself.
//
// Each `done` is called exactly once, from the loop's thread, and must not
// block. It may start further requests, but must not destroy the loop.
// Thread-safe.
class HttpLoop {
 public:
  using Callback = std::function<void(HttpOutcome)>;

  static absl::StatusOr<std::unique_ptr<HttpLoop>> Create(
      const HttpLoopOptions& options);
  // Gives up on what is outstanding: kStopped.
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  void Start(OutgoingRequest request, Callback done);

 private:
  class Transfer;
  struct Waiting {
    OutgoingRequest request;
    Callback done;
  };

  // `multi` is a CURLM*.
  HttpLoop(const HttpLoopOptions& options, void* multi);
  void Run();
  void Begin(Waiting waiting);
  void FinishDone();
  void FinishAll();
  // False when the loop is to end.
  bool TakeQueue(std::vector<Waiting>* queue);

  const HttpLoopOptions options_;
  void* const multi_;
  // By CURL*. Only the loop's thread touches it.
  std::map<void*, std::unique_ptr<Transfer>> active_;

  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_HTTP_LOOP_H_
