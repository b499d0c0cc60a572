#ifndef SMON_SERVER_METRICS_STORE_METRICS_H_
#define SMON_SERVER_METRICS_STORE_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/store/store_observer.h"

namespace smon {

// Counts and times the Store's transactions. Thread-safe.
class StoreMetrics final : public StoreObserver {
 public:
  // `registry` must outlive this object.
  explicit StoreMetrics(prometheus::Registry* registry);

  void OnTransaction(Operation operation, absl::Duration waited,
                     absl::Duration took, const absl::Status& status) override;

 private:
  struct Metrics {
    prometheus::Histogram* waited;
    prometheus::Histogram* took;
    prometheus::Counter* errors;
  };
  const Metrics& Of(Operation operation) const {
    return operation == Operation::kRead ? reads_ : writes_;
  }

  Metrics reads_;
  Metrics writes_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_STORE_METRICS_H_
