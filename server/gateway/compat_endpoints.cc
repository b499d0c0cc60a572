#include "server/gateway/compat_endpoints.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/client_context.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/gateway/call_metadata.h"
#include "server/gateway/error_response.h"
#include "server/gateway/go_text.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr int kPageSize = 1000;

std::string Dump(const Json& json, bool pretty) {
  return json.dump(pretty ? 2 : -1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

HttpResponse JsonResponse(int status, const Json& json, bool pretty) {
  HttpResponse response;
  response.status = status;
  response.body = Dump(json, pretty);
  return response;
}

// Of a call that failed. The service is in this process, so that whatever keeps
// it from answering is its own trouble, not the client's.
HttpResponse FailedResponse(const grpc::Status& status, bool pretty) {
  const int http =
      status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
              status.error_code() == grpc::StatusCode::UNAUTHENTICATED ||
              status.error_code() == grpc::StatusCode::PERMISSION_DENIED
          ? HttpStatusFromCode(status.error_code())
          : 503;
  return JsonResponse(http, Json{{"error", status.error_message()}}, pretty);
}

// What the Python service called unhealthy. Neither accounting nor secrets that
// could not be read again are among it: jobs are found and logs sent all the
// same, and probes that look here restart services.
bool IsDegraded(const v1::Health& health) {
  for (const v1::Health::Component& component : health.components()) {
    if (component.status() == v1::Health::DEGRADED &&
        component.name() != "accounting" && component.name() != "secrets") {
      return true;
    }
  }
  return false;
}

// Absent times are null.
Json TimeToJson(bool present, const google::protobuf::Timestamp& time) {
  if (!present) return nullptr;
  return google::protobuf::util::TimeUtil::ToString(time);
}

// What the Python service did not tell.
Json ComponentToJson(const v1::Health::Component& component) {
  return {
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
}

Json HealthToJson(const v1::Health& health) {
  const auto healthy = [&health](absl::string_view name) {
    for (const v1::Health::Component& component : health.components()) {
      if (component.name() == name) {
        return component.status() != v1::Health::DEGRADED;
      }
    }
    return true;
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

bool IsTrue(const std::string* text) {
  if (text == nullptr) return false;
  const std::string lower = absl::AsciiStrToLower(*text);
  return lower == "true" || lower == "1" || lower == "yes";
}

}  // namespace

// An answer to /jobs in the making. Jobs are kept as text: a cluster's worth of
// them as JSON objects would take ten times the memory.
struct CompatEndpoints::JobsReply {
  HttpRequest http;
  bool pretty = false;
  bool one_page = false;
  Done done;

  v1::ListJobsRequest request;
  v1::ListJobsResponse page;
  std::string jobs;
  int count = 0;

  void AddPage() {
    for (const v1::Job& job : page.jobs()) {
      std::string text = Dump(JobToJson(job), pretty);
      // No newline in JSON is part of a string.
      if (pretty) text = absl::StrReplaceAll(text, {{"\n", "\n    "}});
      absl::StrAppend(&jobs, count++ > 0 ? "," : "", pretty ? "\n    " : "",
                      text);
    }
  }

  HttpResponse Finish() const {
    const absl::string_view line = pretty ? "\n  " : "";
    const absl::string_view space = pretty ? " " : "";
    HttpResponse response;
    response.body = absl::StrCat("{", line, "\"jobs\":", space, "[", jobs,
                                 pretty && count > 0 ? "\n  " : "", "],", line,
                                 "\"count\":", space, count);
    if (one_page && !page.next_page_token().empty()) {
      absl::StrAppend(&response.body, ",", line, "\"next_page_token\":", space,
                      Dump(page.next_page_token(), false));
    }
    absl::StrAppend(&response.body, pretty ? "\n" : "", "}");
    return response;
  }
};

CompatEndpoints::CompatEndpoints(std::shared_ptr<grpc::Channel> channel)
    : stub_(v1::MonitorService::NewStub(channel)) {}

bool CompatEndpoints::Serves(absl::string_view path) {
  return path == "/" || path == "/stats" || path == "/healthz" ||
         path == "/jobs";
}

void CompatEndpoints::Handle(HttpRequest request, Done done) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response;
    response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    response.status = request.method == "OPTIONS" ? 204 : 405;
    if (response.status == 405) {
      response.body = Dump(Json{{"error", "method not allowed"}}, false);
    }
    return done(std::move(response));
  }
  const SplitTarget target = SplitHttpTarget(request.target);
  const auto path = DecodePath(target.path);
  const auto query = ParseQuery(target.query);
  if (!path.ok() || !query.ok()) {
    const absl::Status& status = path.ok() ? query.status() : path.status();
    return done(FailedResponse(ToGrpcStatus(status), false));
  }
  const bool pretty = IsTrue(FindParameter(*query, "pretty"));
  if (*path == "/healthz") return GetHealth(request, pretty, std::move(done));
  if (*path != "/jobs") return GetStats(request, pretty, std::move(done));

  auto reply = std::make_shared<JobsReply>();
  reply->pretty = pretty;
  reply->request.set_page_size(kPageSize);
  for (const char* key : {"page_size", "pageSize"}) {
    const std::string* text = FindParameter(*query, key);
    if (text == nullptr) continue;
    const auto size = GoParseInt(*text, 32);
    if (!size.ok()) {
      return done(FailedResponse(
          grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                       absl::StrCat(key, " is not a number: ", *text)),
          pretty));
    }
    reply->request.set_page_size(static_cast<int>(*size));
    reply->one_page = true;
  }
  for (const char* key : {"page_token", "pageToken"}) {
    const std::string* text = FindParameter(*query, key);
    if (text == nullptr) continue;
    reply->request.set_page_token(*text);
    reply->one_page = true;
  }
  reply->http = std::move(request);
  reply->done = std::move(done);
  ListJobs(std::move(reply));
}

grpc::ClientContext* CompatEndpoints::NewCall(const HttpRequest& request) {
  auto context = std::make_shared<grpc::ClientContext>();
  // Passes on who asks. Its only errors are of headers that belong to /v1.
  (void)AnnotateContext(request, kCallTimeout, context.get());
  grpc::ClientContext* const call = context.get();
  calls_.Add(std::move(context));
  return call;
}

void CompatEndpoints::GetStats(const HttpRequest& request, bool pretty,
                               Done done) {
  const auto stats = std::make_shared<v1::Stats>();
  grpc::ClientContext* const context = NewCall(request);
  static const v1::GetStatsRequest kRequest;
  stub_->async()->GetStats(
      context, &kRequest, stats.get(),
      [this, context, stats, pretty,
       done = std::move(done)](const grpc::Status& status) {
        calls_.Remove(context);
        done(status.ok() ? JsonResponse(200, StatsToJson(*stats), pretty)
                         : FailedResponse(status, pretty));
      });
}

void CompatEndpoints::GetHealth(const HttpRequest& request, bool pretty,
                                Done done) {
  const auto health = std::make_shared<v1::Health>();
  grpc::ClientContext* const context = NewCall(request);
  static const v1::GetHealthRequest kRequest;
  stub_->async()->GetHealth(
      context, &kRequest, health.get(),
      [this, context, health, pretty,
       done = std::move(done)](const grpc::Status& status) {
        calls_.Remove(context);
        if (status.ok()) {
          return done(JsonResponse(IsDegraded(*health) ? 503 : 200,
                                   HealthToJson(*health), pretty));
        }
        // What cannot be asked is not healthy.
        const std::string issue =
            absl::StrCat("no_answer=", status.error_message());
        done(JsonResponse(
            503, Json{{"status", "degraded"}, {"issues", {issue}}}, pretty));
      });
}

void CompatEndpoints::ListJobs(std::shared_ptr<JobsReply> reply) {
  reply->page.Clear();
  grpc::ClientContext* const context = NewCall(reply->http);
  stub_->async()->ListJobs(
      context, &reply->request, &reply->page,
      [this, context, reply](const grpc::Status& status) {
        calls_.Remove(context);
        if (!status.ok()) {
          return reply->done(FailedResponse(status, reply->pretty));
        }
        reply->AddPage();
        if (reply->one_page || reply->page.next_page_token().empty()) {
          return reply->done(reply->Finish());
        }
        reply->request.set_page_token(reply->page.next_page_token());
        ListJobs(reply);
      });
}

}  // namespace smon
