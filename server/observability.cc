#include "server/observability.h"

#include "common/version.h"
#include "server/metrics/feed_metrics.h"
#include "server/metrics/monitor_metrics.h"
#include "server/metrics/process_metrics.h"
#include "server/metrics/reload_metrics.h"

namespace smon {

void Observability::Show(const Monitor* monitor, const JobFeed* feed) {
  metrics_.Add(std::make_unique<ProcessMetrics>());
  metrics_.Add(std::make_unique<ReloadMetrics>(&reloads_));
  metrics_.Add(std::make_unique<MonitorMetrics>(monitor, kVersion));
  metrics_.Add(std::make_unique<FeedMetrics>(feed));
  livez_.emplace("livez", [monitor] { return monitor->Liveness(); });
  readyz_.emplace("readyz", [monitor] { return monitor->Readiness(); });
}

std::map<std::string, HttpHandler*> Observability::handlers() {
  return {
      {"/livez", &*livez_}, {"/readyz", &*readyz_}, {"/metrics", &metrics_}};
}

}  // namespace smon
