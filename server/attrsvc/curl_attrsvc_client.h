#ifndef SMON_SERVER_ATTRSVC_CURL_ATTRSVC_CLIENT_H_
#define SMON_SERVER_ATTRSVC_CURL_ATTRSVC_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/attrsvc/endpoint.h"
#include "server/attrsvc/http_loop.h"
#include "server/monitor/attrsvc_client.h"

namespace smon {

struct CurlAttrsvcClientOptions {
  Endpoint endpoint;
  // For one HTTP request: --timeout.
  absl::Duration timeout = absl::Seconds(60);
  absl::Duration connect_timeout = absl::Seconds(10);
  // --attrsvc_result_path: where results are asked for, "/logs/result" or
  // "/logs"; empty to find out.
  std::string result_path;
  // A longer answer is kUnavailable, a longer result kRejected. Longer headers
  // than HttpLoop takes, too.
  size_t max_body_bytes = size_t{16} << 20;
  // "smonsvc/VERSION".
  std::string user_agent = "smonsvc";
};

// The Attribution Service over HTTP, on TCP or a unix socket.
//
// Which of the two result routes attrsvc has is found out with the first
// result (by asking for /logs/result), remembered, and asked again when a
// connection failed. Where it turns out to be the other one, that one is asked
// within the same call.
//
// A result request that attrsvc took but did not answer within the timeout is
// kInProgress where the documented form is spoken: there the request blocks
// until the analysis ends, however long that takes. All other requests are
// kUnavailable then. One that breaks off, or does not end in time, has the
// status that it began with.
//
// All that is started runs at once: to bound and pace it is the caller's part.
// A callback must not destroy the client.
class CurlAttrsvcClient final : public AttrsvcClient {
 public:
  // INVALID_ARGUMENT when result_path is none of the above.
  static absl::StatusOr<std::unique_ptr<CurlAttrsvcClient>> Create(
      const CurlAttrsvcClientOptions& options);

  void Submit(const SubmitRequest& request, Callback done) override;
  void GetResult(const std::string& log_path, Callback done) override;
  bool QuestionsBlock() const override;
  void GetStats(Callback done) override;
  void Probe(Callback done) override;

 private:
  struct ResultCall;
  using Reader = Answer (*)(const IncomingResponse&, absl::string_view);

  explicit CurlAttrsvcClient(const CurlAttrsvcClientOptions& options);
  void Start(OutgoingRequest request, Reader read, Callback done);
  void AskForResult(std::shared_ptr<ResultCall> call);
  void OnResult(std::shared_ptr<ResultCall> call, HttpOutcome outcome);
  // What a request without a response means. Forgets the route if attrsvc was
  // away, as it may come back as another version.
  Answer Fail(const HttpOutcome& outcome);

  // As given or found out; empty while it is not known.
  std::string ResultPath() const;
  void Remember(const std::string& result_path);

  const CurlAttrsvcClientOptions options_;
  mutable Mutex mutex_;
  // Empty while it is not known.
  std::string result_path_ ABSL_GUARDED_BY(mutex_);
  // Last, so that it ends before what its callbacks use.
  std::unique_ptr<HttpLoop> loop_;
};

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_CURL_ATTRSVC_CLIENT_H_
