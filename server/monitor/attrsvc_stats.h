#ifndef SMON_SERVER_MONITOR_ATTRSVC_STATS_H_
#define SMON_SERVER_MONITOR_ATTRSVC_STATS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/monitor/attrsvc_client.h"

namespace smon {

// attrsvc's own statistics, for whoever asks. Those who ask at the same time
// share one request, apart from the lanes. Thread-safe.
class AttrsvcStats {
 public:
  // Who waits at the same time; others are sent away.
  static constexpr int kMostWaiting = 4;

  // `client` must outlive this object.
  explicit AttrsvcStats(AttrsvcClient* client);
  ~AttrsvcStats();

  // A JSON object, as it came. Waits for it for so long, and no longer than one
  // request may take; `stop` is asked now and then, and ends the wait by
  // returning true. UNAVAILABLE when attrsvc does not answer, or is overloaded;
  // FAILED_PRECONDITION when it refuses; RESOURCE_EXHAUSTED when too many wait;
  // DEADLINE_EXCEEDED; CANCELLED.
  absl::StatusOr<std::string> Get(absl::Duration patience,
                                  const std::function<bool()>& stop);

 private:
  struct Shared;

  AttrsvcClient* const client_;
  const std::shared_ptr<Shared> shared_;  // also of the requests under way
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_ATTRSVC_STATS_H_
