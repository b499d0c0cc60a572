#include "server/gateway/compat_endpoints.h"

#include <grpcpp/client_context.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/compat_json.h"
#include "server/gateway/error_response.h"
#include "server/gateway/go_text.h"
#include "server/gateway/jobs_listing.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPageSize = 1000;

bool IsTrue(const std::string* text) {
  if (text == nullptr) return false;
  const std::string lower = absl::AsciiStrToLower(*text);
  return lower == "true" || lower == "1" || lower == "yes";
}

}  // namespace

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
      response.body = DumpJson(Json{{"error", "method not allowed"}}, false);
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

  ListJobs(std::move(request), *query, pretty, std::move(done));
}

void CompatEndpoints::ListJobs(HttpRequest request,
                               const QueryParameters& query, bool pretty,
                               Done done) {
  JobsListing::Options options;
  options.pretty = pretty;
  options.request.set_page_size(kPageSize);
  for (const char* key : {"page_size", "pageSize"}) {
    const std::string* text = FindParameter(query, key);
    if (text == nullptr) continue;
    const auto size = GoParseInt(*text, 32);
    if (!size.ok()) {
      return done(FailedResponse(
          grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                       absl::StrCat(key, " is not a number: ", *text)),
          pretty));
    }
    options.request.set_page_size(static_cast<int>(*size));
    options.one_page = true;
  }
  for (const char* key : {"page_token", "pageToken"}) {
    const std::string* text = FindParameter(query, key);
    if (text == nullptr) continue;
    options.request.set_page_token(*text);
    options.one_page = true;
  }
  options.http = std::move(request);
  std::make_shared<JobsListing>(stub_.get(), &calls_, std::move(options))
      ->Start(std::move(done));
}

void CompatEndpoints::GetStats(const HttpRequest& request, bool pretty,
                               Done done) {
  const auto stats = std::make_shared<v1::Stats>();
  grpc::ClientContext* const context = NewCompatCall(request, &calls_);
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
  grpc::ClientContext* const context = NewCompatCall(request, &calls_);
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

}  // namespace smon
