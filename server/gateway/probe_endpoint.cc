#include "server/gateway/probe_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

constexpr char kPlainText[] = "text/plain; charset=utf-8";

std::string Brief(const Checks& checks) {
  if (AllHold(checks)) return "ok\n";
  std::string text;
  for (const Check& check : checks) {
    if (check.ok()) continue;
    absl::StrAppend(&text, check.name, ": ", check.problem, "\n");
  }
  return text;
}

std::string Verbose(const std::string& name, const Checks& checks) {
  std::string text;
  for (const Check& check : checks) {
    absl::StrAppend(&text, check.ok() ? "[+]" : "[-]", check.name, " ",
                    check.ok() ? "ok" : check.problem, "\n");
  }
  return absl::StrCat(text, name, " check ",
                      AllHold(checks) ? "passed" : "failed", "\n");
}

}  // namespace

ProbeEndpoint::ProbeEndpoint(std::string name, std::function<Checks()> checks)
    : name_(std::move(name)), checks_(std::move(checks)) {}

void ProbeEndpoint::Handle(HttpRequest request,
                           std::function<void(HttpResponse)> done) {
  HttpResponse response;
  response.content_type = kPlainText;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = request.method == "OPTIONS" ? 204 : 405;
    response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    if (response.status == 405) response.body = "method not allowed\n";
    return done(std::move(response));
  }
  const Checks checks = checks_();
  const auto query = ParseQuery(SplitHttpTarget(request.target).query);
  const bool verbose =
      query.ok() && FindParameter(*query, "verbose") != nullptr;
  response.status = AllHold(checks) ? 200 : 503;
  response.body = verbose ? Verbose(name_, checks) : Brief(checks);
  done(std::move(response));
}

}  // namespace smon
