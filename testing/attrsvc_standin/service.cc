#include "testing/attrsvc_standin/service.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

namespace smon::attrsvc_standin {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxReceived = 100'000;
constexpr absl::Duration kWindow = absl::Minutes(1);
constexpr char kControlPrefix[] = "/_standin/";

// Paths are bytes; JSON is UTF-8.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reply MethodNotAllowed(absl::string_view allowed) {
  Reply reply = DetailReply(405, "Method Not Allowed");
  reply.headers.emplace_back("Allow", std::string(allowed));
  return reply;
}

// A field of POST /logs: the text, or why it is not accepted.
std::optional<Reply> ReadField(const Json& body, const std::string& name,
                               bool required, std::string* value) {
  const auto found = body.find(name);
  if (found == body.end()) {
    if (!required) return std::nullopt;
    return InvalidReply("body", name, "missing", "Field required");
  }
  if (found->is_null() && !required) return std::nullopt;
  if (!found->is_string()) {
    return InvalidReply("body", name, "string_type",
                        "Input should be a valid string");
  }
  *value = found->get<std::string>();
  return std::nullopt;
}

std::optional<Reply> ReadSubmission(const Request& request, Form form,
                                    Received* received) {
  if (!absl::StartsWithIgnoreCase(request.content_type, "application/json")) {
    return InvalidReply("body", "", "model_attributes_type",
                        "Input should be a valid dictionary");
  }
  const Json body =
      Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  if (body.is_discarded()) {
    return InvalidReply("body", "", "json_invalid", "JSON decode error");
  }
  if (!body.is_object()) {
    return InvalidReply("body", "", "model_attributes_type",
                        "Input should be a valid dictionary");
  }
  auto problem = ReadField(body, "log_path", true, &received->log_path);
  if (!problem) problem = ReadField(body, "user", false, &received->user);
  if (!problem) problem = ReadField(body, "job_id", false, &received->job_id);
  if (problem) return problem;
  const bool known = form == Form::kReleased;
  problem =
      ReadField(body, "analysis_intent", false, &received->analysis_intent);
  if (problem && known) return problem;
  const std::string intent = absl::AsciiStrToLower(received->analysis_intent);
  if (known && !intent.empty() && intent != "track_only" &&
      intent != "progressive" && intent != "terminal") {
    return InvalidReply("body", "analysis_intent", "value_error",
                        "Value error, analysis_intent must be one of: "
                        "progressive, terminal, track_only");
  }
  return std::nullopt;
}

// Whether the form has the route, and another method would do.
std::string AllowedMethods(Form form, absl::string_view path) {
  const bool released = form == Form::kReleased;
  if (path == "/logs") return released ? "GET, POST" : "POST";
  if (path == "/logs/result") return released ? "" : "GET";
  if (path == "/healthz") return released ? "GET" : "";
  if (path == "/stats") return "GET";
  return "";
}

}  // namespace

Service::Service(const ServiceOptions& options)
    : options_(options), knobs_(options.knobs), random_(options.seed) {}

Reply Service::Handle(const Request& request, absl::Time now) {
  const Target target = ParseTarget(request.target);
  if (absl::StartsWith(target.path, kControlPrefix)) {
    return HandleControl(request, target.path);
  }
  const MutexLock lock(&mutex_);
  Received received;
  received.time = now;
  received.method = request.method;
  received.path = target.path;
  received.log_path = target.Get("log_path");
  Reply reply = HandleService(request, target, now, &received);
  reply.delay += absl::Milliseconds(knobs_.latency_ms);
  received.status = reply.reset ? 0 : reply.status;
  received_.push_back(std::move(received));
  if (received_.size() > kMaxReceived) received_.pop_front();
  ++received_count_;
  came_.NotifyAll();
  return reply;
}

Reply Service::HandleControl(const Request& request, const std::string& path) {
  const MutexLock lock(&mutex_);
  if (path == "/_standin/requests") {
    if (request.method != "GET") return MethodNotAllowed("GET");
    return JsonReply(200, RequestsBody());
  }
  if (path != "/_standin/config") return DetailReply(404, "Not Found");
  if (request.method == "POST") {
    const absl::Status status = ApplyJson(request.body, &knobs_);
    if (!status.ok()) {
      return JsonReply(400, Dump({{"error", std::string(status.message())}}));
    }
  } else if (request.method != "GET") {
    return MethodNotAllowed("GET, POST");
  }
  return JsonReply(200, ToJson(knobs_));
}

Reply Service::HandleService(const Request& request, const Target& target,
                             absl::Time now, Received* received) {
  const bool is_post = request.method == "POST";
  const std::string allowed = AllowedMethods(options_.form, target.path);
  // What was asked for is listed also when it is not answered as asked.
  std::optional<Reply> invalid;
  if (is_post && target.path == "/logs") {
    invalid = ReadSubmission(request, options_.form, received);
  }
  if (std::optional<Reply> sabotaged = Sabotage()) return *sabotaged;
  if (allowed.empty()) return DetailReply(404, "Not Found");
  if (!absl::StrContains(allowed, request.method)) {
    return MethodNotAllowed(allowed);
  }
  if (invalid) return *invalid;
  if (target.path == "/healthz") return JsonReply(200, R"({"status":"ok"})");
  if (target.path == "/stats") return JsonReply(200, StatsBody());
  if (is_post) {
    if (auto limited = Limit(knobs_.submit_per_minute, now, &submits_)) {
      return *limited;
    }
    return Register(*received, now);
  }
  if (target.Get("log_path").empty()) {
    return InvalidReply("query", "log_path", "missing", "Field required");
  }
  if (auto limited = Limit(knobs_.result_per_minute, now, &results_)) {
    return *limited;
  }
  return Result(target, now);
}

std::optional<Reply> Service::Sabotage() {
  std::optional<Reply> reply;
  if (knobs_.status != 0) {
    reply = knobs_.error_code.empty()
                ? ProxyReply(knobs_.status)
                : ErrorReply(knobs_.status, knobs_.error_code,
                             options_.form == Form::kReleased);
    if (!knobs_.retry_after.empty()) {
      reply->headers.emplace_back("Retry-After", knobs_.retry_after);
    }
    return reply;
  }
  // Drawn even when nothing is to fail, so that the same requests fail whenever
  // the rate is raised.
  const double drawn = std::uniform_real_distribution<>(0, 1)(random_);
  const int how = std::uniform_int_distribution<>(0, 2)(random_);
  if (drawn >= knobs_.fail_rate) return std::nullopt;
  if (how == 0) return FileError("internal_error");
  if (how == 1) return ProxyReply(503);
  reply.emplace();
  reply->reset = true;
  return reply;
}

std::optional<Reply> Service::Limit(int per_minute, absl::Time now,
                                    std::deque<absl::Time>* window) {
  while (!window->empty() && window->front() <= now - kWindow) {
    window->pop_front();
  }
  if (per_minute == 0 || static_cast<int>(window->size()) < per_minute) {
    window->push_back(now);
    return std::nullopt;
  }
  const size_t over = window->size() - per_minute;
  const absl::Duration wait = (*window)[over] + kWindow - now;
  // As slowapi, which attrsvc limits its rates with, words it.
  Reply reply = JsonReply(
      429, Dump({{"error", absl::StrCat("Rate limit exceeded: ", per_minute,
                                        " per 1 minute")}}));
  reply.headers.emplace_back("Retry-After",
                             knobs_.retry_after.empty()
                                 ? absl::StrCat(absl::ToInt64Seconds(
                                       absl::Ceil(wait, absl::Seconds(1))))
                                 : knobs_.retry_after);
  return reply;
}

Reply Service::Register(const Received& submitted, absl::Time now) {
  const LogFile file = ReadLogFile(submitted.log_path, options_.allowed_root);
  const bool missing = file.error_code == "not_found";
  const bool pending = missing || file.error_code == "empty_file";
  if ((!file.error_code.empty() && !pending) ||
      (missing && options_.missing_is_404)) {
    return FileError(file.error_code);
  }
  const bool released = options_.form == Form::kReleased;
  Log& log = logs_[submitted.log_path];
  log.terminal = absl::EqualsIgnoreCase(submitted.analysis_intent, "terminal");
  const bool changed = log.analysis && log.analysis->end <= now &&
                       (log.analysis->size != file.size ||
                        log.analysis->modified_ns != file.modified_ns);
  if (changed) log.analysis.reset();
  if (released && log.terminal && !pending && !log.analysis) {
    Analyse(file, now, &log);
  }
  std::string mode = pending ? "PENDING" : "SINGLE";
  if (released) mode = absl::AsciiStrToLower(mode);
  return JsonReply(200, Dump({{"submitted", true},
                              {"normalized_path", submitted.log_path},
                              {"mode", mode},
                              {"logs_dir", nullptr},
                              {"sched_restarts", 0},
                              {"files_analyzed", nullptr}}));
}

Reply Service::Result(const Target& target, absl::Time now) {
  const std::string path = target.Get("log_path");
  const bool released = options_.form == Form::kReleased;
  const bool wait = !released || target.Get("wait") != "false";
  const auto found = logs_.find(path);
  if (found == logs_.end()) {
    return FileError(absl::StartsWith(path, "/") ? "not_found"
                                                 : "invalid_path");
  }
  Log& log = found->second;
  if (!log.analysis) {
    const LogFile file = ReadLogFile(path, options_.allowed_root);
    if (file.error_code == "not_found" && !wait) {
      return JsonReply(200, R"({"status":"pending"})");
    }
    if (!file.error_code.empty()) return FileError(file.error_code);
    if (!wait && !log.terminal) {
      return JsonReply(200, R"({"status":"pending"})");
    }
    Analyse(file, now, &log);
  }
  if (!wait && log.analysis->end > now) {
    return JsonReply(200, R"({"status":"in_flight"})");
  }
  Reply reply = JsonReply(200, ResultBody(*log.analysis));
  reply.delay = std::max(log.analysis->end - now, absl::ZeroDuration());
  return reply;
}

void Service::Analyse(const LogFile& file, absl::Time now, Log* log) {
  Analysis analysis;
  analysis.end = now + absl::Milliseconds(knobs_.analysis_ms);
  analysis.finding = Judge(file.tail);
  analysis.size = file.size;
  analysis.modified_ns = file.modified_ns;
  log->analysis = std::move(analysis);
}

Reply Service::FileError(const std::string& error_code) const {
  return FileErrorReply(error_code, options_.form == Form::kReleased);
}

std::string Service::ResultBody(const Analysis& analysis) const {
  const Finding& finding = analysis.finding;
  Json body;
  if (options_.form == Form::kReleased) body["status"] = "completed";
  body["recommendation"] = {{"action", finding.action},
                            {"reason", finding.reason},
                            {"source", "log_analyzer"}};
  body["result"] = {{"module", "log_analyzer"},
                    {"result", Json::array({Json{{"line", finding.line}}})}};
  body["wl_restart"] = 0;
  body["wl_restart_count"] = nullptr;
  if (options_.form == Form::kReleased) body["mode"] = "single";
  return Dump(body);
}

std::string Service::StatsBody() const {
  const auto analysed = std::count_if(
      logs_.begin(), logs_.end(),
      [](const auto& log) { return log.second.analysis.has_value(); });
  return Dump({{"stand_in", true},
               {"logs", {{"submitted", logs_.size()}, {"analysed", analysed}}},
               {"requests", received_count_}});
}

std::string Service::RequestsBody() const {
  Json list = Json::array();
  for (const Received& request : received_) {
    list.push_back(
        {{"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", request.time,
                                   absl::UTCTimeZone())},
         {"method", request.method},
         {"path", request.path},
         {"log_path", request.log_path},
         {"user", request.user},
         {"job_id", request.job_id},
         {"analysis_intent", request.analysis_intent},
         {"status", request.status}});
  }
  return Dump(list);
}

std::vector<Received> Service::Requests() const {
  const MutexLock lock(&mutex_);
  return {received_.begin(), received_.end()};
}

bool Service::AwaitRequests(size_t count, absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  const MutexLock lock(&mutex_);
  while (received_count_ < count) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    came_.WaitFor(&mutex_, left);
  }
  return true;
}

void Service::SetKnobs(const Knobs& knobs) {
  const MutexLock lock(&mutex_);
  knobs_ = knobs;
}

}  // namespace smon::attrsvc_standin
