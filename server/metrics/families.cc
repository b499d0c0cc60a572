#include "server/metrics/families.h"

#include <cstddef>
#include <limits>

namespace smon {

prometheus::ClientMetric& Families::Add(const char* name, const char* help,
                                        prometheus::MetricType type,
                                        MetricLabels labels) {
  if (families_.empty() || families_.back().name != name) {
    families_.push_back({name, help, type, {}});
  }
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  metric.label = std::move(labels);
  return metric;
}

void Families::Gauge(const char* name, const char* help, double value,
                     MetricLabels labels) {
  Add(name, help, prometheus::MetricType::Gauge, std::move(labels))
      .gauge.value = value;
}

void Families::Timestamp(const char* name, const char* help, absl::Time time,
                         MetricLabels labels) {
  if (time == absl::InfinitePast()) return;
  Gauge(name, help, absl::ToDoubleSeconds(time - absl::UnixEpoch()),
        std::move(labels));
}

void Families::Counter(const char* name, const char* help, double value,
                       MetricLabels labels) {
  Add(name, help, prometheus::MetricType::Counter, std::move(labels))
      .counter.value = value;
}

void Families::Histogram(const char* name, const char* help,
                         const DurationHistogram& durations,
                         MetricLabels labels) {
  prometheus::ClientMetric::Histogram& to =
      Add(name, help, prometheus::MetricType::Histogram, std::move(labels))
          .histogram;
  to.sample_count = durations.count();
  to.sample_sum = absl::ToDoubleSeconds(durations.sum());
  uint64_t so_far = 0;
  for (size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    so_far += durations.count(i);
    to.bucket.push_back({so_far, DurationHistogram::kBounds[i]});
  }
  to.bucket.push_back(
      {to.sample_count, std::numeric_limits<double>::infinity()});
}

}  // namespace smon
