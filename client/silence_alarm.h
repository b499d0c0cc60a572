#ifndef SMON_CLIENT_SILENCE_ALARM_H_
#define SMON_CLIENT_SILENCE_ALARM_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace smon::client {

// Calls `ring`, once and on a thread of its own, when nothing was Heard() for
// `patience`: for a peer that went away without a word, or that never says one.
// Thread-safe.
class SilenceAlarm {
 public:
  SilenceAlarm(absl::Duration patience, std::function<void()> ring);
  ~SilenceAlarm();
  SilenceAlarm(const SilenceAlarm&) = delete;
  SilenceAlarm& operator=(const SilenceAlarm&) = delete;

  // More is expected within `patience` from now.
  void Heard(absl::Duration patience);
  bool has_rung() const;

 private:
  void Listen();

  const std::function<void()> ring_;
  mutable Mutex mu_;
  CondVar changed_;
  absl::Duration patience_ ABSL_GUARDED_BY(mu_);
  absl::Time last_heard_ ABSL_GUARDED_BY(mu_);
  bool over_ ABSL_GUARDED_BY(mu_) = false;
  bool rung_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_SILENCE_ALARM_H_
