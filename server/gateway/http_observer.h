#ifndef SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_
#define SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// Is told of each HTTP request once it has been answered, from any thread.
class HttpObserver {
 public:
  virtual ~HttpObserver() = default;
  // `route` is of a bounded set: "/v1/jobs/{job_id}", "/metrics"; empty where
  // nobody serves the path. `time` is to the end of a body that is known whole,
  // or to the begin of a stream.
  virtual void OnAnswer(absl::string_view method, absl::string_view route,
                        int status, absl::Duration time) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_HTTP_OBSERVER_H_
