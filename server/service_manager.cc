#include "server/service_manager.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/utf8.h"

namespace smon {
namespace {

constexpr absl::Duration kStatusEvery = absl::Seconds(10);

void Tell(const std::string& message) {
  const int result = sd_notify(/*unset_environment=*/0, message.c_str());
  if (result >= 0) return;
  LogWarning("cannot notify the service manager",
             {{"error", std::strerror(-result)}});
}

}  // namespace

ServiceManager::ServiceManager(const Clock* clock) : clock_(clock) {
  uint64_t micros = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &micros) > 0) {
    // Twice as often as need be, as sd_watchdog_enabled(3) advises.
    ping_every_ = absl::Microseconds(static_cast<int64_t>(micros)) / 2;
  }
}

void ServiceManager::Ready() { Tell("READY=1"); }

void ServiceManager::Reloading() {
  // Type=notify-reload wants to know when the reload began.
  Tell(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=",
                    absl::ToInt64Microseconds(clock_->Monotonic())));
}

void ServiceManager::Stopping() { Tell("STOPPING=1"); }

void ServiceManager::Update(bool is_well, absl::string_view status) {
  const absl::Duration now = clock_->Monotonic();
  if (is_well && ping_every_ > absl::ZeroDuration() && now >= next_ping_) {
    next_ping_ = now + ping_every_;
    Tell("WATCHDOG=1");
  }
  if (now < next_status_ || status == status_) return;
  next_status_ = now + kStatusEvery;
  status_ = std::string(status);
  // One line, whatever it holds: the next would be a message of its own.
  Tell(absl::StrCat("STATUS=", ToPrintable(status_)));
}

}  // namespace smon
