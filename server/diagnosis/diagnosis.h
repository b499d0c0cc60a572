#ifndef SMON_SERVER_DIAGNOSIS_DIAGNOSIS_H_
#define SMON_SERVER_DIAGNOSIS_DIAGNOSIS_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/diagnosis/finding.h"

namespace smon {

// What the service finds when it looks at itself and its surroundings, for
// whoever asks. A look costs a Slurm command: those who ask at the same time
// share it, and it is kept for a while. Thread-safe.
class Diagnosis {
 public:
  // How long what was found is told again.
  static constexpr absl::Duration kFreshFor = absl::Seconds(10);
  // Who waits for the same look; others are sent away.
  static constexpr int kMostWaiting = 2;

  // `examine` looks, which has to end by itself. `clock` outlives this object.
  Diagnosis(std::function<Findings()> examine, const Clock* clock);

  // `stop` is asked now and then while another's look is waited for, and ends
  // the wait by returning true: CANCELLED. RESOURCE_EXHAUSTED when too many
  // wait.
  absl::StatusOr<v1::Diagnosis> Get(const std::function<bool()>& stop);

 private:
  absl::Status AwaitLook(const std::function<bool()>& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  v1::Diagnosis Look() const;

  const std::function<Findings()> examine_;
  const Clock* const clock_;
  Mutex mu_;
  CondVar looked_;
  bool looking_ ABSL_GUARDED_BY(mu_) = false;
  int waiting_ ABSL_GUARDED_BY(mu_) = 0;
  v1::Diagnosis latest_ ABSL_GUARDED_BY(mu_);
  absl::Duration latest_at_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
};

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_DIAGNOSIS_H_
