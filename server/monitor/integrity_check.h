#ifndef SMON_SERVER_MONITOR_INTEGRITY_CHECK_H_
#define SMON_SERVER_MONITOR_INTEGRITY_CHECK_H_

#include <atomic>
#include <thread>

#include "server/monitor/component_health.h"
#include "server/monitor/store.h"

namespace smon {

// Looks for damage in the Store once, beside all other work, and reports what
// it finds. A start does not wait for it.
class IntegrityCheck {
 public:
  // The pointers must outlive this object.
  IntegrityCheck(Store* store, ComponentHealth* health)
      : store_(store), health_(health) {}
  ~IntegrityCheck() { Stop(); }
  IntegrityCheck(const IntegrityCheck&) = delete;
  IntegrityCheck& operator=(const IntegrityCheck&) = delete;

  void Start();
  // Ends it, whether or not it is done.
  void Stop();

 private:
  void Run();

  Store* const store_;
  ComponentHealth* const health_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_INTEGRITY_CHECK_H_
