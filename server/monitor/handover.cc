#include "server/monitor/handover.h"

#include <algorithm>

namespace smon {
namespace {

constexpr int kFailures = 3;
constexpr absl::Duration kFailingFor = absl::Seconds(30);
constexpr absl::Duration kLongestRest = absl::Minutes(10);

}  // namespace

std::optional<absl::Duration> Handover::AfterPoll(bool slurm_answered,
                                                  absl::Duration now) {
  if (slurm_answered) {
    *this = Handover();
    return std::nullopt;
  }
  if (failures_ == 0) failing_since_ = now;
  failures_ = std::min(failures_ + 1, kFailures);
  if (failures_ < kFailures || now - failing_since_ < kFailingFor ||
      now < keep_until_) {
    return std::nullopt;
  }
  const absl::Duration rest = next_rest_;
  keep_until_ = now + rest;
  next_rest_ = std::min(2 * next_rest_, kLongestRest);
  return rest;
}

}  // namespace smon
