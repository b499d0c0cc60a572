#include "server/monitor/integrity_check.h"

#include "absl/status/status.h"
#include "common/log.h"

namespace smon {

void IntegrityCheck::Start() {
  thread_ = std::thread([this] { Run(); });
}

void IntegrityCheck::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void IntegrityCheck::Run() {
  const absl::Status status =
      store_->CheckIntegrity([this] { return stopping_.load(); });
  if (status.ok()) {
    LogInfo("the store is whole");
  } else if (absl::IsDataLoss(status)) {
    health_->Report(status);
  } else if (!absl::IsCancelled(status)) {
    LogWarning("cannot check the store", {{"error", status.message()}});
  }
}

}  // namespace smon
