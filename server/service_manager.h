#ifndef SMON_SERVER_SERVICE_MANAGER_H_
#define SMON_SERVER_SERVICE_MANAGER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace smon {

// Tells the service manager, systemd, how the service is doing, as sd_notify(3)
// has it. Without NOTIFY_SOCKET in the environment nothing is told. For one
// thread.
class ServiceManager {
 public:
  // `clock` outlives this object.
  explicit ServiceManager(const Clock* clock);

  // All ports listen; also after Reloading().
  void Ready();
  void Reloading();
  void Stopping();

  // To be called each second. While the service `is_well`, this keeps the
  // watchdog of WatchdogSec= from restarting it. The status line is passed on
  // when it has changed, at most each ten seconds.
  void Update(bool is_well, absl::string_view status);

 private:
  const Clock* const clock_;
  // Half of WatchdogSec=; zero when there is none.
  absl::Duration ping_every_;
  absl::Duration next_ping_;
  absl::Duration next_status_;
  std::string status_;
};

}  // namespace smon

#endif  // SMON_SERVER_SERVICE_MANAGER_H_
