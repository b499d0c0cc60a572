#ifndef SMON_SERVER_SHUTDOWN_SIGNAL_H_
#define SMON_SERVER_SHUTDOWN_SIGNAL_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace smon {

// SIGTERM and SIGINT, and SIGHUP, as something that one can wait for. Made
// before any other thread, so that all threads leave these signals to it.
// Thread-safe.
class ShutdownSignal {
 public:
  // `on_signal` is called once, from a thread of this object.
  explicit ShutdownSignal(std::function<void()> on_signal);
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  // Waits for a signal, at most `timeout`. Whether one to stop has come.
  bool WaitFor(absl::Duration timeout);
  // Whether a SIGHUP has come since the last call.
  bool TakeHangup();
  bool received() { return WaitFor(absl::ZeroDuration()); }

 private:
  void Listen();

  const std::function<void()> on_signal_;
  Mutex mu_;
  CondVar changed_;
  bool received_ ABSL_GUARDED_BY(mu_) = false;
  bool hangup_ ABSL_GUARDED_BY(mu_) = false;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace smon

#endif  // SMON_SERVER_SHUTDOWN_SIGNAL_H_
