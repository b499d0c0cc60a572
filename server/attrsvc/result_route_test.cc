// How CurlAttrsvcClient finds the route of results.

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/attrsvc/client_test_support.h"
#include "server/attrsvc/curl_attrsvc_client.h"
#include "testing/attrsvc_standin/standin.h"
#include "testing/raw_server.h"

namespace smon {
namespace {

using attrsvc_standin::Form;
using attrsvc_standin::StandInOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kFastApi404[] = R"({"detail":"Not Found"})";

TEST(ResultRouteTest, TheDocumentedRouteOfResultsIsAskedAlone) {
  const auto standin = StartStandIn(Form::kDocumented);
  const auto client = MakeClient(standin->url());
  const std::string log = WriteLog("result.log", "MemoryError\n");
  Submit(client.get(), log);
  for (int i = 0; i < 2; ++i) {
    const Answer answer = GetResult(client.get(), log);
    ASSERT_EQ(answer.kind, AnswerKind::kVerdict) << answer.error;
    EXPECT_EQ(answer.verdict->action, Action::kStop);
    EXPECT_THAT(answer.verdict->reason, HasSubstr("MemoryError"));
    EXPECT_THAT(answer.body, HasSubstr("wl_restart"));
  }
  EXPECT_THAT(
      Asked(standin.get()),
      ElementsAre("POST /logs", "GET /logs/result", "GET /logs/result"));
}

TEST(ResultRouteTest, TheReleasedRouteIsFoundOnceAndRemembered) {
  StandInOptions options;
  options.service.form = Form::kReleased;
  options.service.knobs.analysis_ms = 3'600'000;
  const auto standin = StartStandIn(options);
  const auto client = MakeClient(standin->url());
  const std::string log = WriteLog("result.log", "MemoryError\n");
  Submit(client.get(), log);
  // It does not wait for the analysis.
  EXPECT_EQ(GetResult(client.get(), log).kind, AnswerKind::kInProgress);
  EXPECT_EQ(GetResult(client.get(), log).kind, AnswerKind::kInProgress);
  EXPECT_THAT(
      Asked(standin.get()),
      ElementsAre("POST /logs", "GET /logs/result", "GET /logs", "GET /logs"));
}

TEST(ResultRouteTest, AnUnknownLogIsToldFromAMissingRoute) {
  for (const Form form : {Form::kDocumented, Form::kReleased}) {
    const auto standin = StartStandIn(form);
    const auto client = MakeClient(standin->url());
    EXPECT_EQ(GetResult(client.get(), "/never/posted").kind,
              AnswerKind::kUnknownLog);
  }
}

TEST(ResultRouteTest, AfterAnOutageTheRouteIsFoundOutAgain) {
  auto standin = StartStandIn(Form::kReleased);
  const int port = standin->port();
  const auto client = MakeClient(standin->url());
  GetResult(client.get(), "/x");
  standin.reset();
  const Answer answer = GetResult(client.get(), "/x");
  EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
  EXPECT_EQ(answer.http_status, 0);
  EXPECT_EQ(answer.error, absl::StrCat("attrsvc at http://127.0.0.1:", port,
                                       " does not answer: Connection refused"));

  standin = StartStandIn(Form::kReleased, port);
  EXPECT_EQ(GetResult(client.get(), "/x").kind, AnswerKind::kUnknownLog);
  EXPECT_THAT(Asked(standin.get()),
              ElementsAre("GET /logs/result", "GET /logs"));
}

TEST(ResultRouteTest, AChangeOfFormThatWasNotNoticedCostsNoAnswer) {
  auto standin = StartStandIn(Form::kReleased);
  const int port = standin->port();
  const auto client = MakeClient(standin->url());
  GetResult(client.get(), "/x");
  for (const Form form : {Form::kDocumented, Form::kReleased}) {
    standin.reset();
    standin = StartStandIn(form, port);
    EXPECT_EQ(GetResult(client.get(), "/x").kind, AnswerKind::kUnknownLog);
    EXPECT_EQ(Asked(standin.get()).size(), 2u);
    EXPECT_EQ(GetResult(client.get(), "/x").kind, AnswerKind::kUnknownLog);
    EXPECT_EQ(Asked(standin.get()).size(), 3u);
  }
}

TEST(ResultRouteTest, AResultPathThatIsGivenIsTheOnlyOneAsked) {
  const auto standin = StartStandIn(Form::kReleased);
  const auto right = MakeClient(standin->url(), kLong, "/logs");
  EXPECT_EQ(GetResult(right.get(), "/x").kind, AnswerKind::kUnknownLog);
  const auto wrong = MakeClient(standin->url(), kLong, "/logs/result");
  const Answer answer = GetResult(wrong.get(), "/x");
  EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
  EXPECT_THAT(answer.error, HasSubstr("it has no such route"));
  EXPECT_THAT(Asked(standin.get()),
              ElementsAre("GET /logs", "GET /logs/result"));
}

TEST(ResultRouteTest, AResultPathThatIsNoneIsRefused) {
  CurlAttrsvcClientOptions options;
  options.endpoint = *ParseEndpoint("http://localhost:8000");
  options.result_path = "/results\n";
  const absl::Status status = CurlAttrsvcClient::Create(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(R"('/results\n')"));
}

TEST(ResultRouteTest, WhereNeitherRouteIsThereItIsNoAttrsvc) {
  std::atomic<int> requests = 0;
  RawServer server([&requests](RawServer::Connection* c) {
    while (!c->ReadRequest().empty()) {
      ++requests;
      c->Send(RawResponse("404 Not Found", kFastApi404));
    }
  });
  const auto client = MakeClient(server.url());
  const Answer answer = GetResult(client.get(), "/x");
  EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
  EXPECT_EQ(answer.http_status, 404);
  EXPECT_EQ(requests, 2);
}

TEST(ResultRouteTest, TheReleasedRouteIsAskedNotToWait) {
  std::string second;
  {
    RawServer server([&second](RawServer::Connection* c) {
      c->ReadRequest();
      c->Send(RawResponse("404 Not Found", kFastApi404));
      second = c->ReadRequest();
      c->Send(RawResponse("200 OK", R"({"status":"pending"})"));
    });
    const auto client = MakeClient(server.url() + "/prefix/");
    EXPECT_EQ(GetResult(client.get(), "/a b").kind, AnswerKind::kInProgress);
  }
  EXPECT_THAT(second,
              StartsWith("GET /prefix/logs?log_path=%2Fa%20b&wait=false "));
}

}  // namespace
}  // namespace smon
