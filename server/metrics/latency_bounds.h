#ifndef SMON_SERVER_METRICS_LATENCY_BOUNDS_H_
#define SMON_SERVER_METRICS_LATENCY_BOUNDS_H_

#include <prometheus/histogram.h>

namespace smon {

// Of histograms of what should take milliseconds, in seconds.
inline prometheus::Histogram::BucketBoundaries LatencyBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
}

}  // namespace smon

#endif  // SMON_SERVER_METRICS_LATENCY_BOUNDS_H_
