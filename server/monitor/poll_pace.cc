#include "server/monitor/poll_pace.h"

#include <algorithm>

#include "common/log.h"

namespace smon {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(5);
constexpr absl::Duration kSoon = absl::Seconds(5);
constexpr int kSlurmShare = 10;  // polling takes at most one part of so many
constexpr absl::Duration kMostStretch = absl::Minutes(15);
constexpr double kJitter = 0.05;

}  // namespace

void PollPace::Stretch(absl::Duration slurm_time) {
  const absl::Duration stretched =
      std::clamp(slurm_time * kSlurmShare, interval_, interval_ + kMostStretch);
  // Small ones would only be noise in the log.
  if (stretched > current_ * 1.5 && stretched > interval_ * 1.5) {
    LogWarning("Slurm answers slowly: polling less often",
               {{"cluster", cluster_},
                {"slurm_time", absl::FormatDuration(slurm_time)},
                {"interval", absl::FormatDuration(stretched)}});
  } else if (current_ > interval_ && stretched == interval_) {
    LogInfo(
        "polling as often as asked for again",
        {{"cluster", cluster_}, {"interval", absl::FormatDuration(interval_)}});
  }
  current_ = stretched;
}

void PollPace::SetInterval(absl::Duration interval) {
  if (interval == interval_) return;
  interval_ = current_ = interval;
}

absl::Duration PollPace::After(const Poll& poll, const Random& random) {
  if (poll.ok) Stretch(poll.slurm_time);
  absl::Duration wait = current_;
  failures_ = poll.ok ? 0 : failures_ + 1;
  if (failures_ > 0) {
    wait = std::min(wait, kRetry * (1 << std::min(failures_ - 1, 5)));
    wait = std::max(wait, poll.slurm_time * 2);
  } else if (poll.has_more) {
    wait = std::min(wait, std::max(kSoon, poll.slurm_time * 2));
  }
  return wait * (1 - kJitter + 2 * kJitter * random());
}

}  // namespace smon
