#include "server/monitor/analysis_time.h"

#include <algorithm>

namespace smon {
namespace {

// 2^0.8 and 2^-0.2: one that fails undoes four that succeed, so the estimate
// stays where 4 of 5 do.
constexpr double kLonger = 1.7411;
constexpr double kShorter = 0.8706;

absl::Duration Bounded(absl::Duration wait) {
  return std::clamp(wait, AnalysisTime::kLeast, AnalysisTime::kMost);
}

}  // namespace

absl::Duration AnalysisTime::FirstWait() const {
  return questions_block_ ? absl::ZeroDuration() : estimate_;
}

absl::Duration AnalysisTime::NextWait(int asked) const {
  // attrsvc gave up before the analysis ended, which goes on.
  if (questions_block_) return kLeast;
  absl::Duration wait = estimate_ / 2;
  for (int i = 1; i < asked && wait < kMost; ++i) wait *= 2;
  return Bounded(wait);
}

void AnalysisTime::OnFirstAnswer(absl::Duration waited, bool done) {
  if (questions_block_) return;
  // Many logs may be submitted before the first answer comes, all with the same
  // wait. Together they say no more than that this one was too long, or too
  // short: none of them moves the estimate farther than one step from it.
  if (done) {
    const absl::Duration least = std::min(waited * kShorter, estimate_);
    estimate_ = Bounded(std::max(estimate_ * kShorter, least));
  } else {
    const absl::Duration most = std::max(waited * kLonger, estimate_);
    estimate_ = Bounded(std::min(estimate_ * kLonger, most));
  }
}

}  // namespace smon
