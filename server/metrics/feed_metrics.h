#ifndef SMON_SERVER_METRICS_FEED_METRICS_H_
#define SMON_SERVER_METRICS_FEED_METRICS_H_

#include <prometheus/collectable.h>

#include <vector>

#include "server/monitor/job_feed.h"

namespace smon {

// Who watches jobs (WatchJobs). Thread-safe.
class FeedMetrics final : public prometheus::Collectable {
 public:
  // `feed` must outlive this object.
  explicit FeedMetrics(const JobFeed* feed) : feed_(feed) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const JobFeed* const feed_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_FEED_METRICS_H_
