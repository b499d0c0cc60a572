// What the Submitter counts, and other threads read.

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/monitor/submitter.h"

namespace smon {

void Submitter::Count(const Answer& answer) {
  if (answer.http_status < 400) {
    // Otherwise it is an answer, or the analysis runs and holds it back.
    if (answer.kind == AnswerKind::kUnavailable) ++totals_.unavailable;
  } else if (answer.http_status == 429) {
    ++totals_.rate_limited;
  } else if (answer.http_status >= 500) {
    ++totals_.server_errors;
  } else if (answer.http_status >= 400) {
    ++totals_.client_errors;
  }
}

void Submitter::CountDelivery(const std::string& cluster,
                              const std::function<void(Deliveries*)>& count) {
  count(&totals_);
  count(&totals_.by_cluster[cluster]);
}

Submitter::Totals Submitter::totals() const {
  MutexLock lock(&published_mu_);
  return published_totals_;
}

std::vector<Submitter::LaneStats> Submitter::lanes() const {
  MutexLock lock(&published_mu_);
  return published_lanes_;
}

absl::Duration Submitter::analysis_time() const {
  MutexLock lock(&published_mu_);
  return published_analysis_time_;
}

Submitter::Plans Submitter::plans() const {
  MutexLock lock(&published_mu_);
  return published_plans_;
}

Submitter::Plans Submitter::MakePlans() const {
  // By the clock that readers have.
  const auto wall_time = [this](absl::Time steady) {
    return now_ + (steady - steady_now_);
  };
  Plans plans;
  plans.next_contact = wall_time(std::max(steady_now_, NextProbe()));
  plans.breaker_open = breaker_.open();
  if (!unstored_.empty() || to_move_ != absl::ZeroDuration()) {
    plans.next_commit = wall_time(std::max(steady_now_, store_retry_at_));
  }
  return plans;
}

void Submitter::Publish() {
  std::vector<LaneStats> lanes;
  for (const LaneState* state : {&submit_, &result_}) {
    lanes.push_back({state->lane.options().name, state->lane.rate(),
                     state->lane.options().max_rate, state->lane.in_flight(),
                     state->requests, state->retries});
  }
  const Plans plans = MakePlans();
  MutexLock lock(&published_mu_);
  published_plans_ = plans;
  published_totals_ = totals_;
  published_lanes_ = std::move(lanes);
  published_analysis_time_ = analysis_time_.estimate();
}

}  // namespace smon
