#include "server/monitor/store_probe.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(2);
// Readers take turns with the API's, some of which read for seconds.
constexpr absl::Duration kStale = absl::Seconds(15);

}  // namespace

StoreProbe::StoreProbe(Store* store, const Clock* clock)
    : store_(store),
      clock_(clock),
      health_("store (reading)", clock),
      latest_(absl::UnavailableError("the store has not been read yet")),
      read_at_(clock->Monotonic()),
      answered_at_(clock->Now()) {}

StoreProbe::~StoreProbe() { Stop(); }

void StoreProbe::Start() {
  ReadOnce();
  thread_ = std::thread([this] { Loop(); });
}

void StoreProbe::Stop() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void StoreProbe::Loop() {
  for (;;) {
    {
      MutexLock lock(&mu_);
      // A reading too many does no harm.
      if (!stopping_) changed_.WaitFor(&mu_, kInterval);
      if (stopping_) return;
    }
    ReadOnce();
  }
}

void StoreProbe::ReadOnce() {
  absl::StatusOr<Sample> sample = Sample();
  absl::StatusOr<std::map<std::string, JobCounts>> counts =
      store_->CountJobsByCluster();
  health_.Report(counts.status());
  if (counts.ok()) {
    sample->counts = *std::move(counts);
    if (const auto size = store_->Size(); size.ok()) sample->size = *size;
  } else {
    sample = counts.status();
  }
  MutexLock lock(&mu_);
  latest_ = std::move(sample);
  read_at_ = clock_->Monotonic();
  answered_at_ = clock_->Now();
}

absl::StatusOr<StoreProbe::Sample> StoreProbe::Latest() const {
  MutexLock lock(&mu_);
  const absl::Duration age = clock_->Monotonic() - read_at_;
  if (age <= kStale) return latest_;
  return absl::UnavailableError(
      absl::StrCat("the store has not answered for ",
                   absl::FormatDuration(absl::Trunc(age, absl::Seconds(1)))));
}

ComponentHealth::Snapshot StoreProbe::health() const {
  ComponentHealth::Snapshot snapshot = health_.Get();
  MutexLock lock(&mu_);
  if (clock_->Monotonic() - read_at_ > kStale) {
    if (snapshot.healthy) snapshot.since = answered_at_;
    snapshot.healthy = false;
    snapshot.last_error = "the store does not answer";
    snapshot.last_error_at = clock_->Now();
  }
  return snapshot;
}

}  // namespace smon
