#ifndef SMON_SERVER_METRICS_CONNECTION_METRICS_H_
#define SMON_SERVER_METRICS_CONNECTION_METRICS_H_

#include <prometheus/collectable.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace smon {

// The connections of the gRPC port and its unix socket; those of HTTP are in
// HttpMetrics. Thread-safe, if what it is given is.
class ConnectionMetrics final : public prometheus::Collectable {
 public:
  struct Reading {
    int open = 0;
    int64_t refused = 0;  // since the start
  };

  // `read` is called at each scrape, and must not block.
  explicit ConnectionMetrics(std::function<Reading()> read)
      : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<Reading()> read_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_CONNECTION_METRICS_H_
