#include "server/attrsvc/curl_attrsvc_client.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "curl/curl.h"
#include "nlohmann/json.hpp"
#include "server/attrsvc/answers.h"

namespace smon {
namespace {

constexpr char kDocumentedPath[] = "/logs/result";
constexpr char kReleasedPath[] = "/logs";

std::string Escape(const std::string& text) {
  char* const escaped =
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  if (escaped == nullptr) return "";
  std::string result = escaped;
  curl_free(escaped);
  return result;
}

std::string SubmitBody(const SubmitRequest& request) {
  const nlohmann::ordered_json body = {
      {"log_path", request.log_path},
      {"user", request.user},
      {"job_id", request.job_id},
      {"analysis_intent", request.still_running ? "track_only" : "terminal"}};
  return body.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

// A GetResult on its way; it takes one request or two.
struct CurlAttrsvcClient::ResultCall {
  std::string log_path;
  std::string result_path;
  Callback done;
  // What the other route answered before, if it was asked.
  std::optional<IncomingResponse> other;
};

absl::StatusOr<std::unique_ptr<CurlAttrsvcClient>> CurlAttrsvcClient::Create(
    const CurlAttrsvcClientOptions& options) {
  const std::string& path = options.result_path;
  if (!path.empty() && path != kDocumentedPath && path != kReleasedPath) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", ToPrintable(path), "' is no path of results: give ",
        kDocumentedPath, " or ", kReleasedPath, ", or none to find out"));
  }
  HttpLoopOptions http;
  http.unix_socket = options.endpoint.unix_socket;
  http.timeout = options.timeout;
  http.connect_timeout = options.connect_timeout;
  http.max_body_bytes = options.max_body_bytes;
  http.user_agent = options.user_agent;
  std::unique_ptr<CurlAttrsvcClient> client(new CurlAttrsvcClient(options));
  SMON_ASSIGN_OR_RETURN(client->loop_, HttpLoop::Create(http));
  return client;
}

CurlAttrsvcClient::CurlAttrsvcClient(const CurlAttrsvcClientOptions& options)
    : options_(options) {}

void CurlAttrsvcClient::Submit(const SubmitRequest& request, Callback done) {
  OutgoingRequest http;
  http.url = absl::StrCat(options_.endpoint.base_url, "/logs");
  http.is_post = true;
  http.body = SubmitBody(request);
  Start(std::move(http), &ReadSubmitAnswer, std::move(done));
}

void CurlAttrsvcClient::GetStats(Callback done) {
  OutgoingRequest http;
  http.url = absl::StrCat(options_.endpoint.base_url, "/stats");
  Start(std::move(http), &ReadStatsAnswer, std::move(done));
}

void CurlAttrsvcClient::Probe(Callback done) {
  OutgoingRequest http;
  http.url = absl::StrCat(options_.endpoint.base_url, "/healthz");
  Start(std::move(http), &ReadProbeAnswer, std::move(done));
}

void CurlAttrsvcClient::Start(OutgoingRequest request, Reader read,
                              Callback done) {
  loop_->Start(std::move(request),
               [this, read, done = std::move(done)](HttpOutcome outcome) {
                 done(outcome.failure == HttpOutcome::kNone
                          ? read(outcome.response, options_.endpoint.name)
                          : Fail(outcome));
               });
}

void CurlAttrsvcClient::GetResult(const std::string& log_path, Callback done) {
  auto call = std::make_shared<ResultCall>();
  call->log_path = log_path;
  call->result_path = ResultPath();
  if (call->result_path.empty()) call->result_path = kDocumentedPath;
  call->done = std::move(done);
  AskForResult(std::move(call));
}

void CurlAttrsvcClient::AskForResult(std::shared_ptr<ResultCall> call) {
  OutgoingRequest http;
  http.url = absl::StrCat(options_.endpoint.base_url, call->result_path,
                          "?log_path=", Escape(call->log_path));
  if (call->result_path == kReleasedPath) {
    absl::StrAppend(&http.url, "&wait=false");
  }
  loop_->Start(std::move(http), [this, call](HttpOutcome outcome) {
    OnResult(call, std::move(outcome));
  });
}

void CurlAttrsvcClient::OnResult(std::shared_ptr<ResultCall> call,
                                 HttpOutcome outcome) {
  if (outcome.failure != HttpOutcome::kNone) {
    Answer answer = Fail(outcome);
    if (outcome.failure == HttpOutcome::kSilence &&
        call->result_path == kDocumentedPath) {
      answer.kind = AnswerKind::kInProgress;
      absl::StrAppend(&answer.error, "; it may still be analysing the log");
    }
    if (outcome.failure == HttpOutcome::kTooLarge) {
      // It will be next time, too.
      answer.kind = AnswerKind::kRejected;
      answer.problem = PathProblem::kOther;
    }
    call->done(std::move(answer));
    return;
  }
  const IncomingResponse& response = outcome.response;
  const bool lacks_route = options_.result_path.empty() && LacksRoute(response);
  if (lacks_route && !call->other) {
    call->other = std::move(outcome.response);
    call->result_path =
        call->result_path == kDocumentedPath ? kReleasedPath : kDocumentedPath;
    AskForResult(std::move(call));
    return;
  }
  if (!lacks_route && response.status < 500) Remember(call->result_path);
  // Where neither route is there, the first answer stands.
  call->done(ReadResultAnswer(lacks_route ? *call->other : response,
                              options_.endpoint.name));
}

Answer CurlAttrsvcClient::Fail(const HttpOutcome& outcome) {
  const int status = outcome.response.status;
  if (outcome.failure == HttpOutcome::kConnection && status == 0) Remember("");
  Answer answer;
  answer.kind = AnswerKind::kUnavailable;
  answer.http_status = status;
  std::string what = " does not answer: ";
  if (outcome.failure == HttpOutcome::kStopped) {
    what = " was not waited for: ";
  } else if (status != 0) {
    what = absl::StrCat(" answered ", status, ", but: ");
  }
  answer.error =
      absl::StrCat("attrsvc at ", options_.endpoint.name, what, outcome.error);
  return answer;
}

std::string CurlAttrsvcClient::ResultPath() const {
  if (!options_.result_path.empty()) return options_.result_path;
  const MutexLock lock(&mutex_);
  return result_path_;
}

bool CurlAttrsvcClient::QuestionsBlock() const {
  return ResultPath() == kDocumentedPath;
}

void CurlAttrsvcClient::Remember(const std::string& result_path) {
  const MutexLock lock(&mutex_);
  result_path_ = result_path;
}

}  // namespace smon
