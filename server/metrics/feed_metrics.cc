#include "server/metrics/feed_metrics.h"

#include "server/metrics/families.h"

namespace smon {

std::vector<prometheus::MetricFamily> FeedMetrics::Collect() const {
  const JobFeed::Counts counts = feed_->counts();
  Families families;
  families.Gauge("smonsvc_watches", "Streams of WatchJobs that are open.",
                 static_cast<double>(counts.watches));
  families.Counter("smonsvc_watch_slow_readers_total",
                   "Streams of WatchJobs that were cut off, as their client "
                   "did not read.",
                   static_cast<double>(counts.slow_readers));
  families.Counter("smonsvc_watch_changes_read_total",
                   "Changes of jobs that were read from the store for those "
                   "who watch.",
                   static_cast<double>(counts.changes_read));
  return families.Take();
}

}  // namespace smon
