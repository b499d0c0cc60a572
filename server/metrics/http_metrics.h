#ifndef SMON_SERVER_METRICS_HTTP_METRICS_H_
#define SMON_SERVER_METRICS_HTTP_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "server/gateway/http_observer.h"

namespace smon {

// Counts and times HTTP requests by route ("/v1/jobs/{job_id}"), method and
// status. Thread-safe.
class HttpMetrics final : public HttpObserver {
 public:
  // `registry` must outlive this object.
  explicit HttpMetrics(prometheus::Registry* registry);

  void OnAnswer(absl::string_view method, absl::string_view route, int status,
                absl::Duration time) override;
  void OnConnections(int open) override;

 private:
  struct Key {
    std::string route;
    std::string method;
    int status;
    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(a.route, a.method, a.status) <
             std::tie(b.route, b.method, b.status);
    }
  };

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& connections_;
  Mutex mu_;
  std::map<Key, prometheus::Counter*> counters_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, prometheus::Histogram*> histograms_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_HTTP_METRICS_H_
