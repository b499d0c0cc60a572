#include "server/gateway/compat_json.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "server/gateway/error_response.h"

namespace smon {
namespace {

using Json = nlohmann::ordered_json;

// Absent times are null.
Json TimeToJson(bool present, const google::protobuf::Timestamp& time) {
  if (!present) return nullptr;
  return google::protobuf::util::TimeUtil::ToString(time);
}

// What the Python service did not tell.
Json ComponentToJson(const v1::Health::Component& component) {
  Json json = {
      {"name", component.name()},
      {"status",
       component.status() == v1::Health::DEGRADED ? "degraded" : "ok"},
      {"since", TimeToJson(component.has_since_time(), component.since_time())},
      {"last_error", component.last_error()},
      {"last_error_time", TimeToJson(component.has_last_error_time(),
                                     component.last_error_time())},
      {"last_success_time", TimeToJson(component.has_last_success_time(),
                                       component.last_success_time())},
      {"next_attempt_time", TimeToJson(component.has_next_attempt_time(),
                                       component.next_attempt_time())},
  };
  if (!component.cluster().empty()) json["cluster"] = component.cluster();
  return json;
}

// As Slurm names it.
std::string StateName(const v1::Job& job) {
  switch (job.state()) {
    case v1::Job::STATE_UNSPECIFIED:
    case v1::Job::OTHER:
      return job.state_text().empty() ? "UNKNOWN" : job.state_text();
    default:
      return v1::Job::State_Name(job.state());
  }
}

// Whether the log was ever handed over, successfully or not.
bool WasSubmitted(const v1::Delivery& delivery) {
  switch (delivery.phase()) {
    case v1::Delivery::SUBMITTED:
    case v1::Delivery::COMPLETED:
    case v1::Delivery::EXPIRED:
    case v1::Delivery::REJECTED:
      return true;
    default:
      return delivery.submit_attempts() > 0;
  }
}

}  // namespace

std::string DumpJson(const Json& json, bool pretty) {
  return json.dump(pretty ? 2 : -1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

HttpResponse JsonResponse(int status, const Json& json, bool pretty) {
  HttpResponse response;
  response.status = status;
  response.body = DumpJson(json, pretty);
  return response;
}

HttpResponse FailedResponse(const grpc::Status& status, bool pretty) {
  const int http =
      status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
              status.error_code() == grpc::StatusCode::UNAUTHENTICATED ||
              status.error_code() == grpc::StatusCode::PERMISSION_DENIED
          ? HttpStatusFromCode(status.error_code())
          : 503;
  return JsonResponse(http, Json{{"error", status.error_message()}}, pretty);
}

bool IsDegraded(const v1::Health& health) {
  for (const v1::Health::Component& component : health.components()) {
    if (component.status() == v1::Health::DEGRADED &&
        component.name() != "accounting" && component.name() != "secrets") {
      return true;
    }
  }
  return false;
}

Json HealthToJson(const v1::Health& health) {
  const auto healthy = [&health](absl::string_view name) {
    // There is one for each cluster.
    return std::none_of(health.components().begin(), health.components().end(),
                        [name](const v1::Health::Component& component) {
                          return component.name() == name &&
                                 component.status() == v1::Health::DEGRADED;
                        });
  };
  Json json;
  json["status"] = IsDegraded(health) ? "degraded" : "ok";
  json["squeue_calls"] = health.squeue_calls();
  json["squeue_failures"] = health.squeue_failures();
  json["slurm_healthy"] = healthy("slurm");
  json["attrsvc_healthy"] = healthy("attrsvc");
  if (health.issues_size() > 0) {
    json["issues"] = Json::array();
    for (const std::string& issue : health.issues()) {
      json["issues"].push_back(issue);
    }
  }
  json["components"] = Json::array();
  for (const v1::Health::Component& component : health.components()) {
    json["components"].push_back(ComponentToJson(component));
  }
  return json;
}

Json StatsToJson(const v1::Stats& stats) {
  const v1::Stats::Jobs& jobs = stats.jobs();
  const v1::Stats::JobTotals& totals = stats.job_totals();
  const v1::Stats::Slurm& slurm = stats.slurm();
  const v1::Stats::PathErrors& paths = stats.path_errors();
  return {
      {"jobs",
       {{"total", jobs.total()},
        {"running", jobs.running()},
        {"terminal", jobs.terminal()},
        {"has_output_path", jobs.has_output_path()},
        {"logs_submitted", jobs.logs_submitted()},
        {"logs_post_success", jobs.logs_post_success()},
        {"results_fetched", jobs.results_fetched()}}},
      {"job_totals",
       {{"total", totals.total()},
        {"has_output_path", totals.has_output_path()},
        {"logs_submitted", totals.logs_submitted()},
        {"logs_post_success", totals.logs_post_success()},
        {"results_fetched", totals.results_fetched()}}},
      {"slurm",
       {{"squeue_calls", slurm.squeue_calls()},
        {"scontrol_calls", slurm.scontrol_calls()},
        {"sacct_calls", slurm.sacct_calls()},
        {"squeue_failures", slurm.squeue_failures()},
        {"scontrol_failures", slurm.scontrol_failures()},
        {"sacct_failures", slurm.sacct_failures()}}},
      {"path_errors",
       {{"permission_denied", paths.permission_denied()},
        {"not_found", paths.not_found()},
        {"file_empty", paths.file_empty()},
        {"unexpanded_patterns", paths.unexpanded_patterns()},
        {"other", paths.other()}}},
      {"http_errors", {{"rate_limited", stats.http_errors().rate_limited()}}},
  };
}

Json JobToJson(const v1::Job& job) {
  const std::string state = StateName(job);
  return {
      {"job_id", job.job_id()},
      {"name", job.name()},
      {"user", job.user()},
      {"partition", job.partition()},
      {"state", state},
      {"stdout_path", job.stdout_path()},
      {"log_submitted", WasSubmitted(job.delivery())},
      {"post_success", job.delivery().has_submitted_time()},
      {"result_fetched", job.has_verdict()},
      // Of a FINISHED job, what Slurm said before it forgot it, if it did.
      {"last_state", job.state_text().empty() ? state : job.state_text()},
  };
}

}  // namespace smon
