#ifndef SMON_SERVER_METRICS_PROCESS_METRICS_H_
#define SMON_SERVER_METRICS_PROCESS_METRICS_H_

#include <prometheus/collectable.h>

#include <vector>

namespace smon {

// This process as the kernel sees it (/proc/self), under the names that all of
// Prometheus' client libraries use: process_cpu_seconds_total and so on. What
// cannot be read is left out. Thread-safe.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_PROCESS_METRICS_H_
