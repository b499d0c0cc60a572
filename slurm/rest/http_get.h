#ifndef SMON_SLURM_REST_HTTP_GET_H_
#define SMON_SLURM_REST_HTTP_GET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "slurm/rest/byte_source.h"
#include "slurm/rest/rest_url.h"

namespace smon::slurm {

struct HttpGetOptions {
  RestUrl server;
  // From the request until the body was read.
  absl::Duration timeout = absl::Seconds(60);
  // Bytes; more is an error. The body is read as it comes and never kept, so
  // this bounds time rather than memory. A million jobs are 4 GB.
  int64_t max_body = int64_t{8} << 30;
  std::string user_agent = "smonsvc";
};

// The answer to one GET. Its body is read by Next(), straight from the
// connection. One thread.
class HttpResponse : public ByteSource {
 public:
  virtual int status() const = 0;
};

// HTTP GET over a unix socket or TCP, blocking, no redirects followed.
// Errors, of Get() and Next(): UNAVAILABLE when the server cannot be reached,
// hangs up or does not answer in time; CANCELLED; RESOURCE_EXHAUSTED when the
// body is too large. Their messages hold no headers. Thread-safe; must outlive
// its responses.
class HttpGetter {
 public:
  explicit HttpGetter(HttpGetOptions options);
  ~HttpGetter();
  HttpGetter(const HttpGetter&) = delete;
  HttpGetter& operator=(const HttpGetter&) = delete;

  // `target` is a path and a query, well escaped. `headers` are whole lines,
  // "Name: value".
  absl::StatusOr<std::unique_ptr<HttpResponse>> Get(
      absl::string_view target, const std::vector<std::string>& headers);

  // Ends every request, and each later one, with CANCELLED. For shutting down.
  void Cancel();

  const RestUrl& server() const { return options_.server; }

 private:
  const HttpGetOptions options_;
  const int cancel_fd_;  // readable for good once Cancel() was called
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_HTTP_GET_H_
