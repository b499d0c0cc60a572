#ifndef SMON_SERVER_MONITOR_CHANGE_PAGE_H_
#define SMON_SERVER_MONITOR_CHANGE_PAGE_H_

#include <algorithm>
#include <memory>
#include <vector>

#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/store.h"

namespace smon {

// Whether somebody who has read up to `a` has read up to `b`, too.
inline bool Covers(const ChangePosition& a, const ChangePosition& b) {
  return a.change >= b.change && a.id >= b.id;
}

// The first position that covers both.
inline ChangePosition Later(const ChangePosition& a, const ChangePosition& b) {
  return {std::max(a.change, b.change), std::max(a.id, b.id)};
}

// Changes that were read from the Store once, for all who watch. Immutable.
struct ChangePage {
  struct Change {
    Job job;
    ChangePosition position;
    // What a watcher is told of it, made once for all of them.
    std::shared_ptr<const v1::WatchJobsResponse> response;
  };

  // They were read from here to there.
  ChangePosition begin;
  ChangePosition end;
  std::vector<Change> changes;

  // Whether it has news for somebody who has read up to the position, and
  // misses nothing before.
  bool Follows(const ChangePosition& position) const {
    return Covers(position, begin) && !Covers(position, end);
  }
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_CHANGE_PAGE_H_
