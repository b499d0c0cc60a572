#include "server/metrics/store_metrics.h"

#include "server/metrics/latency_bounds.h"

namespace smon {
namespace {

// What the caller did wrong, or asked to end, says nothing of the store.
bool IsStoreError(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDataLoss(status) ||
         absl::IsInternal(status) || absl::IsUnknown(status);
}

}  // namespace

StoreMetrics::StoreMetrics(prometheus::Registry* registry) {
  auto& waited = prometheus::BuildHistogram()
                     .Name("smonsvc_store_wait_seconds")
                     .Help("Time that transactions waited for their turn.")
                     .Register(*registry);
  auto& took = prometheus::BuildHistogram()
                   .Name("smonsvc_store_transaction_duration_seconds")
                   .Help("Duration of the store's transactions.")
                   .Register(*registry);
  auto& errors = prometheus::BuildCounter()
                     .Name("smonsvc_store_errors_total")
                     .Help("Transactions that the store could not do.")
                     .Register(*registry);
  const auto of = [&](const char* operation) {
    const prometheus::Labels labels = {{"operation", operation}};
    return Metrics{&waited.Add(labels, LatencyBounds()),
                   &took.Add(labels, LatencyBounds()), &errors.Add(labels)};
  };
  reads_ = of("read");
  writes_ = of("write");
}

void StoreMetrics::OnTransaction(Operation operation, absl::Duration waited,
                                 absl::Duration took,
                                 const absl::Status& status) {
  const Metrics& metrics = Of(operation);
  metrics.waited->Observe(absl::ToDoubleSeconds(waited));
  metrics.took->Observe(absl::ToDoubleSeconds(took));
  if (IsStoreError(status)) metrics.errors->Increment();
}

}  // namespace smon
