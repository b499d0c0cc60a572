#include "server/metrics/http_metrics.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/metrics/latency_bounds.h"

namespace smon {
namespace {

// A client may send any word.
std::string MethodLabel(absl::string_view method) {
  for (const char* known : {"GET", "HEAD", "POST", "OPTIONS"}) {
    if (method == known) return known;
  }
  return "other";
}

}  // namespace

HttpMetrics::HttpMetrics(prometheus::Registry* registry)
    : requests_(prometheus::BuildCounter()
                    .Name("smonsvc_http_requests_total")
                    .Help("HTTP requests, by route, method and status.")
                    .Register(*registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("smonsvc_http_request_duration_seconds")
                   .Help("Time from an HTTP request to its answer, or to the "
                         "begin of a stream.")
                   .Register(*registry)),
      connections_(prometheus::BuildGauge()
                       .Name("smonsvc_http_connections")
                       .Help("Open HTTP connections.")
                       .Register(*registry)
                       .Add({})) {}

void HttpMetrics::OnConnections(int open) { connections_.Set(open); }

void HttpMetrics::OnAnswer(absl::string_view method, absl::string_view route,
                           int status, absl::Duration time) {
  // What no route serves is any text.
  const std::string name(route.empty() ? "none" : route);
  const Key key = {name, MethodLabel(method), status};
  MutexLock lock(&mu_);
  prometheus::Counter*& counter = counters_[key];
  if (counter == nullptr) {
    counter = &requests_.Add({{"route", key.route},
                              {"method", key.method},
                              {"code", absl::StrCat(key.status)}});
  }
  counter->Increment();
  prometheus::Histogram*& histogram = histograms_[name];
  if (histogram == nullptr) {
    histogram = &seconds_.Add({{"route", name}}, LatencyBounds());
  }
  histogram->Observe(absl::ToDoubleSeconds(time));
}

}  // namespace smon
