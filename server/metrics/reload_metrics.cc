#include "server/metrics/reload_metrics.h"

#include "server/metrics/families.h"

namespace smon {

std::vector<prometheus::MetricFamily> ReloadMetrics::Collect() const {
  const ReloadRecord::Reading reading = reloads_->Get();
  Families families;
  families.Gauge("smonsvc_config_last_reload_successful",
                 "Whether the settings could be used when they were read last.",
                 reading.last.ok());
  families.Timestamp("smonsvc_config_last_reload_success_timestamp_seconds",
                     "When the settings were last read and used.",
                     reading.success);
  return families.Take();
}

}  // namespace smon
