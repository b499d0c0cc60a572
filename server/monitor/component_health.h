#ifndef SMON_SERVER_MONITOR_COMPONENT_HEALTH_H_
#define SMON_SERVER_MONITOR_COMPONENT_HEALTH_H_

#include <cstdint>
#include <deque>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace smon {

// Whether one part that the service depends on works: unhealthy while half or
// more of its recent uses failed. Two successes in a row clear it, so that a
// past outage is no news; but not within a few seconds, or a part that fails
// every other time would flap many times a second. DATA_LOSS does not pass by
// itself: it stays, with its message, until the next start. Thread-safe.
class ComponentHealth {
 public:
  struct Snapshot {
    std::string name;
    std::string cluster;  // whose part it is; empty for one of smonsvc itself
    bool healthy = true;
    absl::Time since;  // of `healthy`
    std::string last_error;
    absl::Time last_error_at = absl::InfinitePast();
    absl::Time last_success_at = absl::InfinitePast();
    double failure_rate = 0;  // of the recent uses, 0 to 1
  };

  // `clock` must outlive this object.
  ComponentHealth(std::string name, const Clock* clock,
                  std::string cluster = "");

  // OK, or why a use of the component failed. CANCELLED says nothing of the
  // component: smonsvc ended that use itself, to stop.
  void Report(const absl::Status& status);
  Snapshot Get() const;

 private:
  void LogChange(const absl::Status& status) const;

  static constexpr size_t kWindow = 10;
  // Unhealthy stays for at least this long.
  static constexpr absl::Duration kHold = absl::Seconds(5);

  const std::string name_;
  const std::string cluster_;
  const Clock* const clock_;
  mutable Mutex mu_;
  Snapshot snapshot_ ABSL_GUARDED_BY(mu_);
  std::deque<bool> recent_ ABSL_GUARDED_BY(mu_);  // true: failed
  bool lost_data_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_COMPONENT_HEALTH_H_
