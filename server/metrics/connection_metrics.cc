#include "server/metrics/connection_metrics.h"

#include "server/metrics/families.h"

namespace smon {

std::vector<prometheus::MetricFamily> ConnectionMetrics::Collect() const {
  const Reading reading = read_();
  Families families;
  families.Gauge("smonsvc_grpc_connections", "Open gRPC connections.",
                 reading.open);
  families.Counter("smonsvc_grpc_connections_refused_total",
                   "gRPC connections closed at once, for there were too many.",
                   static_cast<double>(reading.refused));
  return families.Take();
}

}  // namespace smon
