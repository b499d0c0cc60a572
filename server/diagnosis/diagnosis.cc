#include "server/diagnosis/diagnosis.h"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/utf8.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

// From one question to the next whether the caller still waits.
constexpr absl::Duration kStopCheck = absl::Milliseconds(100);

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

Diagnosis::Diagnosis(std::function<Findings()> examine, const Clock* clock)
    : examine_(std::move(examine)), clock_(clock) {}

absl::StatusOr<v1::Diagnosis> Diagnosis::Get(
    const std::function<bool()>& stop) {
  v1::Diagnosis diagnosis;
  {
    MutexLock lock(&mu_);
    if (looking_) {
      if (absl::Status status = AwaitLook(stop); !status.ok()) return status;
    }
    if (clock_->Monotonic() - latest_at_ < kFreshFor) {
      diagnosis = latest_;
      *diagnosis.mutable_server_time() = ToProto(clock_->Now());
      return diagnosis;
    }
    looking_ = true;
  }
  diagnosis = Look();
  MutexLock lock(&mu_);
  looking_ = false;
  latest_ = diagnosis;
  latest_at_ = clock_->Monotonic();
  looked_.NotifyAll();
  return diagnosis;
}

absl::Status Diagnosis::AwaitLook(const std::function<bool()>& stop) {
  if (waiting_ >= kMostWaiting) {
    return absl::ResourceExhaustedError(
        "too many wait for the diagnosis; try again in a second");
  }
  ++waiting_;
  bool stopped = false;
  while (looking_ && !stopped) {
    looked_.WaitFor(&mu_, kStopCheck);
    stopped = stop();
  }
  --waiting_;
  return stopped ? absl::CancelledError("the caller did not wait")
                 : absl::OkStatus();
}

v1::Diagnosis Diagnosis::Look() const {
  v1::Diagnosis diagnosis;
  for (const Finding& finding : examine_()) {
    v1::Diagnosis::Finding* to = diagnosis.add_findings();
    to->set_name(finding.name);
    to->set_level(finding.level);
    to->set_text(ToValidUtf8(finding.text));
    to->set_mend(ToValidUtf8(finding.mend));
    to->set_cluster(ToValidUtf8(finding.cluster));
  }
  const absl::Time now = clock_->Now();
  *diagnosis.mutable_create_time() = ToProto(now);
  *diagnosis.mutable_server_time() = ToProto(now);
  diagnosis.set_host(ToValidUtf8(HostName()));
  diagnosis.set_time_zone(
      absl::FormatTime("%Z (%z)", now, absl::LocalTimeZone()));
  return diagnosis;
}

}  // namespace smon
