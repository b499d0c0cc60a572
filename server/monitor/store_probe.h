#ifndef SMON_SERVER_MONITOR_STORE_PROBE_H_
#define SMON_SERVER_MONITOR_STORE_PROBE_H_

#include <map>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/monitor/component_health.h"
#include "server/monitor/store.h"

namespace smon {

// Reads the Store's counts every two seconds, in a thread of its own: so a
// probe or a scrape learns whether the Store can be read, and what is in it,
// without waiting for a disk. Thread-safe.
class StoreProbe {
 public:
  struct Sample {
    std::map<std::string, JobCounts> counts;  // by cluster
    std::optional<StoreSize> size;  // unset where it could not be told
  };

  // Both must outlive this object.
  StoreProbe(Store* store, const Clock* clock);
  ~StoreProbe();
  StoreProbe(const StoreProbe&) = delete;
  StoreProbe& operator=(const StoreProbe&) = delete;

  // Reads once, then starts the thread.
  void Start();
  void Stop();

  // What was read last. The error of that reading; UNAVAILABLE when there was
  // none, or when the Store has not answered for 15 seconds.
  absl::StatusOr<Sample> Latest() const;
  // Whether the Store can be read.
  ComponentHealth::Snapshot health() const;

  // One reading. For the thread and for tests.
  void ReadOnce();

 private:
  void Loop();

  Store* const store_;
  const Clock* const clock_;
  ComponentHealth health_;
  std::thread thread_;

  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::StatusOr<Sample> latest_ ABSL_GUARDED_BY(mu_);
  absl::Duration read_at_ ABSL_GUARDED_BY(mu_);  // by the monotonic clock
  absl::Time answered_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_STORE_PROBE_H_
