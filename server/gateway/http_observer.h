#ifndef SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_
#define SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// Is told of each HTTP request when it is answered, from any thread.
class HttpObserver {
 public:
  virtual ~HttpObserver() = default;
  // `method` is what the client sent; empty where it sent no whole request.
  // `route` is of a bounded set: "/v1/jobs/{job_id}", "/metrics"; empty where
  // nobody serves the path. `time` is from the whole request to the answer, or
  // to the begin of a stream.
  virtual void OnAnswer(absl::string_view method, absl::string_view route,
                        int status, absl::Duration time) = 0;
  // That many connections are open now.
  virtual void OnConnections(int open) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_
