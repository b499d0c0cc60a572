#include "server/monitor/delivery_log.h"

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/log.h"

namespace smon {
namespace {

void LogVerdict(const DeliveryChange& change) {
  const Verdict& verdict = *change.verdict;
  const double seconds =
      absl::ToDoubleSeconds(verdict.fetched_at - change.delivery.submitted_at);
  LogInfo("verdict", {{"job_id", change.job_id},
                      {"phase", "COMPLETED"},
                      {"action", verdict.action_text},
                      {"reason", verdict.reason},
                      {"source", verdict.source},
                      {"mode", verdict.mode},
                      {"seconds", absl::StrFormat("%.3f", seconds)},
                      {"questions", change.delivery.result_attempts},
                      {"cluster", change.cluster}});
}

void LogRejected(const DeliveryChange& change) {
  const Delivery& delivery = change.delivery;
  const LogFields fields = {{"job_id", change.job_id},
                            {"phase", "REJECTED"},
                            {"error", delivery.error},
                            {"cluster", change.cluster}};
  if (change.http_status == 422) {
    // attrsvc does not accept what smonsvc sends: none of it will get through.
    LogError("log rejected", fields);
  } else if (delivery.problem == PathProblem::kPermissionDenied ||
             delivery.problem == PathProblem::kFileEmpty) {
    // To be expected where all users are watched, and of jobs that print
    // nothing.
    LogDebug("log rejected", fields);
  } else {
    LogWarning("log rejected", fields);
  }
}

}  // namespace

void LogDelivery(const DeliveryChange& change) {
  if (change.verdict.has_value()) {
    LogVerdict(change);
  } else if (change.delivery.phase == Phase::kRejected) {
    LogRejected(change);
  } else if (change.delivery.phase == Phase::kExpired) {
    LogWarning("no verdict", {{"job_id", change.job_id},
                              {"phase", "EXPIRED"},
                              {"error", change.delivery.error},
                              {"cluster", change.cluster}});
  } else {
    LogDebug("answer", {{"job_id", change.job_id},
                        {"what", change.history},
                        {"cluster", change.cluster}});
  }
}

}  // namespace smon
