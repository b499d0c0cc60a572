#ifndef SMON_SERVER_MONITOR_HANDOVER_H_
#define SMON_SERVER_MONITOR_HANDOVER_H_

#include <optional>

#include "absl/time/time.h"

namespace smon {

// Decides when a replica that Slurm does not answer leaves a cluster to the
// other replicas, as another host may reach Slurm, and for how long:
//
//   after three polls in a row that failed, the last of them half a minute or
//   more after the first; for a minute, then two, and so on up to ten, until
//   Slurm answers again. It keeps the cluster for as long, too, if it gets it
//   back because nobody else took it: where Slurm is away for all, the cluster
//   goes round slowly.
//
// Only what failed counts, not how long it took. Times are monotonic. Not
// thread-safe.
class Handover {
 public:
  // A poll has ended. For how long to leave the cluster to others from now on;
  // unset to keep it.
  std::optional<absl::Duration> AfterPoll(bool slurm_answered,
                                          absl::Duration now);
  // This replica polls the cluster anew: what failed before counts no more.
  void Taken() { failures_ = 0; }

 private:
  int failures_ = 0;  // in a row
  absl::Duration failing_since_;
  absl::Duration next_rest_ = kFirstRest;
  absl::Duration keep_until_ = -absl::InfiniteDuration();

  static constexpr absl::Duration kFirstRest = absl::Minutes(1);
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_HANDOVER_H_
