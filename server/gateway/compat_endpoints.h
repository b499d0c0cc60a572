#ifndef SMON_SERVER_GATEWAY_COMPAT_ENDPOINTS_H_
#define SMON_SERVER_GATEWAY_COMPAT_ENDPOINTS_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/gateway/call_tracker.h"
#include "server/gateway/http_message.h"
#include "server/gateway/url.h"

namespace smon {

// The HTTP endpoints of the Python service that smonsvc replaces, with its
// keys, nesting and status codes: /healthz, /stats (also as /) and /jobs.
//
//   GET /healthz?pretty=true
//
// /jobs returns all jobs, many of them as a stream, or with page_size or
// page_token (also as pageSize and pageToken) one page and, unless it is the
// last, its "next_page_token". Answers 405 to other methods than GET and HEAD,
// and 503 when the service does not answer.
//
// Thread-safe. Must outlive its calls: stop the HTTP server first.
class CompatEndpoints : public HttpHandler {
 public:
  explicit CompatEndpoints(std::shared_ptr<grpc::Channel> channel);

  // Whether `path` (decoded, without query) is one of them.
  static bool Serves(absl::string_view path);

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override;
  void Abort() override { calls_.Abort(); }

 private:
  using Done = std::function<void(HttpResponse)>;

  void GetHealth(const HttpRequest& request, bool pretty, Done done);
  void GetStats(const HttpRequest& request, bool pretty, Done done);
  void ListJobs(HttpRequest request, const QueryParameters& query, bool pretty,
                Done done);

  const std::unique_ptr<v1::MonitorService::Stub> stub_;
  CallTracker calls_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_COMPAT_ENDPOINTS_H_
