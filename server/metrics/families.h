#ifndef SMON_SERVER_METRICS_FAMILIES_H_
#define SMON_SERVER_METRICS_FAMILIES_H_

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/duration_histogram.h"

namespace smon {

using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

// Builds what a scrape reads from numbers that are kept elsewhere:
//
//   Families families;
//   families.Gauge("smonsvc_jobs", "Jobs in the store.", 3,
//                  {{"state", "FAILED"}});
//
// Samples of one name come one after the other, with the same help. Help is one
// line without a backslash: the library does not escape it.
class Families {
 public:
  void Gauge(const char* name, const char* help, double value,
             MetricLabels labels = {});
  // Seconds since 1970; no sample for InfinitePast.
  void Timestamp(const char* name, const char* help, absl::Time time,
                 MetricLabels labels = {});
  // `name` ends in _total.
  void Counter(const char* name, const char* help, double value,
               MetricLabels labels = {});
  // `name` ends in _seconds.
  void Histogram(const char* name, const char* help,
                 const DurationHistogram& durations, MetricLabels labels = {});

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::ClientMetric& Add(const char* name, const char* help,
                                prometheus::MetricType type,
                                MetricLabels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_FAMILIES_H_
