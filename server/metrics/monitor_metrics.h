#ifndef SMON_SERVER_METRICS_MONITOR_METRICS_H_
#define SMON_SERVER_METRICS_MONITOR_METRICS_H_

#include <prometheus/collectable.h>

#include <string>
#include <utility>
#include <vector>

#include "server/monitor/monitor.h"

namespace smon {

// What the Monitor counts, and what is in its Store: jobs, polls, Slurm's
// commands, the lanes to attrsvc, health. What the Store holds is as old as
// StoreProbe's last reading (two seconds), and left out while the Store cannot
// be read. Costs the same however many jobs there are. Thread-safe.
class MonitorMetrics final : public prometheus::Collectable {
 public:
  // `monitor` must outlive this object.
  MonitorMetrics(const Monitor* monitor, std::string version)
      : monitor_(monitor), version_(std::move(version)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Monitor* const monitor_;
  const std::string version_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_MONITOR_METRICS_H_
