#include "server/monitor/component_health.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/utf8.h"

namespace smon {

ComponentHealth::ComponentHealth(std::string name, const Clock* clock,
                                 std::string cluster)
    : name_(std::move(name)), cluster_(std::move(cluster)), clock_(clock) {
  snapshot_.name = name_;
  snapshot_.cluster = cluster_;
  snapshot_.since = clock->Now();
}

void ComponentHealth::Report(const absl::Status& status) {
  if (absl::IsCancelled(status)) return;
  const absl::Time now = clock_->Now();
  bool changed = false;
  {
    MutexLock lock(&mu_);
    const bool failed = !status.ok();
    // What came of the damage later says less than what it is.
    if (failed && !lost_data_) {
      snapshot_.last_error = ToValidUtf8(std::string(status.message()));
      snapshot_.last_error_at = now;
      lost_data_ = absl::IsDataLoss(status);
    } else if (!failed) {
      snapshot_.last_success_at = now;
      if (!recent_.empty() && !recent_.back()) recent_.clear();
    }
    recent_.push_back(failed);
    if (recent_.size() > kWindow) recent_.pop_front();
    const auto failures = std::count(recent_.begin(), recent_.end(), true);
    snapshot_.failure_rate = static_cast<double>(failures) / recent_.size();
    const bool held = !snapshot_.healthy && now - snapshot_.since < kHold &&
                      now >= snapshot_.since;
    const bool healthy = snapshot_.failure_rate < 0.5 && !held && !lost_data_;
    changed = healthy != snapshot_.healthy;
    if (changed) {
      snapshot_.healthy = healthy;
      snapshot_.since = now;
    }
  }
  if (changed) LogChange(status);
}

void ComponentHealth::LogChange(const absl::Status& status) const {
  const char* const healthy = "component is healthy again";
  const char* const unhealthy = "component is unhealthy";
  const LogField component("component", name_);
  const LogField cluster("cluster", cluster_);
  const LogField error("error", status.message());
  if (status.ok() && cluster_.empty()) {
    LogInfo(healthy, {component});
  } else if (status.ok()) {
    LogInfo(healthy, {component, cluster});
  } else if (cluster_.empty()) {
    LogWarning(unhealthy, {component, error});
  } else {
    LogWarning(unhealthy, {component, cluster, error});
  }
}

ComponentHealth::Snapshot ComponentHealth::Get() const {
  MutexLock lock(&mu_);
  return snapshot_;
}

}  // namespace smon
