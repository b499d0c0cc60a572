#ifndef SMON_SERVER_METRICS_RELOAD_METRICS_H_
#define SMON_SERVER_METRICS_RELOAD_METRICS_H_

#include <prometheus/collectable.h>

#include <vector>

#include "server/config/reload_record.h"

namespace smon {

// Whether the settings that the service was last told to read are in use, under
// the names that Prometheus has for its own. Thread-safe.
class ReloadMetrics final : public prometheus::Collectable {
 public:
  // `reloads` outlives this object.
  explicit ReloadMetrics(const ReloadRecord* reloads) : reloads_(reloads) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const ReloadRecord* const reloads_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_RELOAD_METRICS_H_
