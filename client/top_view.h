#ifndef SMON_CLIENT_TOP_VIEW_H_
#define SMON_CLIENT_TOP_VIEW_H_

#include <string>

#include "absl/time/time.h"
#include "client/terminal.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// What 'smonctl top' shows. Not thread-safe.
struct TopView {
  std::string address;
  v1::Health health;
  v1::Stats stats;
  v1::ListClustersResponse clusters;
  v1::ListReplicasResponse replicas;
  bool shows_clusters = false;        // of the jobs
  v1::ListJobsResponse unsuccessful;  // those that ended last
  v1::ListJobsResponse running;       // those that were submitted last
  // When all this was so; InfinitePast: not known yet.
  absl::Time time = absl::InfinitePast();
  std::string error;  // why it was not learned anew since then
};

// The screen as lines of text, fit for the terminal: `rows` lines at most, each
// as wide as the terminal at most.
std::string DrawTop(const TopView& view, int rows, const Terminal& terminal,
                    absl::Time now, absl::TimeZone zone);

}  // namespace smon::client

#endif  // SMON_CLIENT_TOP_VIEW_H_
