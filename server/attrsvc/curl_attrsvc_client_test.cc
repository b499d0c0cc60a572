#include "server/attrsvc/curl_attrsvc_client.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/attrsvc/raw_server.h"
#include "testing/attrsvc_standin/standin.h"

namespace smon {
namespace {

using attrsvc_standin::AttrsvcStandIn;
using attrsvc_standin::Form;
using attrsvc_standin::Knobs;
using attrsvc_standin::Received;
using attrsvc_standin::StandInOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Much longer than anything here takes.
constexpr absl::Duration kLong = absl::Seconds(120);
constexpr absl::Duration kShort = absl::Seconds(1);
constexpr char kFastApi404[] = R"({"detail":"Not Found"})";

class Mailbox {
 public:
  AttrsvcClient::Callback Callback() {
    return [this](Answer answer) {
      const MutexLock lock(&mutex_);
      answers_.push_back(std::move(answer));
      changed_.NotifyAll();
    };
  }
  std::vector<Answer> Await(size_t count) {
    const absl::Time deadline = absl::Now() + kLong;
    const MutexLock lock(&mutex_);
    while (answers_.size() < count && absl::Now() < deadline) {
      changed_.WaitFor(&mutex_, deadline - absl::Now());
    }
    EXPECT_EQ(answers_.size(), count);
    return answers_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
};

std::unique_ptr<CurlAttrsvcClient> MakeClient(
    const std::string& url, absl::Duration timeout = kLong,
    const std::string& result_path = "") {
  CurlAttrsvcClientOptions options;
  options.endpoint = *ParseEndpoint(url);
  options.timeout = timeout;
  options.result_path = result_path;
  auto client = CurlAttrsvcClient::Create(options);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

Answer Await(const std::function<void(AttrsvcClient::Callback)>& ask) {
  Mailbox mailbox;
  ask(mailbox.Callback());
  return mailbox.Await(1).at(0);
}
Answer Submit(AttrsvcClient* client, const std::string& path) {
  return Await([&](AttrsvcClient::Callback done) {
    client->Submit({path, "alice", "12_3"}, std::move(done));
  });
}
Answer GetResult(AttrsvcClient* client, const std::string& path) {
  return Await([&](AttrsvcClient::Callback done) {
    client->GetResult(path, std::move(done));
  });
}
Answer GetStats(AttrsvcClient* client) {
  return Await(
      [&](AttrsvcClient::Callback done) { client->GetStats(std::move(done)); });
}
Answer Probe(AttrsvcClient* client) {
  return Await(
      [&](AttrsvcClient::Callback done) { client->Probe(std::move(done)); });
}

std::unique_ptr<AttrsvcStandIn> StartStandIn(StandInOptions options) {
  auto standin = AttrsvcStandIn::Start(options);
  EXPECT_TRUE(standin.ok()) << standin.status();
  return *std::move(standin);
}
std::unique_ptr<AttrsvcStandIn> StartStandIn(Form form, int port = 0) {
  StandInOptions options;
  options.service.form = form;
  options.port = port;
  return StartStandIn(options);
}

// "GET /logs" and so on, in order.
std::vector<std::string> Asked(AttrsvcStandIn* standin) {
  std::vector<std::string> asked;
  for (const Received& request : standin->service().Requests()) {
    asked.push_back(absl::StrCat(request.method, " ", request.path));
  }
  return asked;
}

std::string WriteLog(const std::string& name, const std::string& content) {
  const std::string path = ::testing::TempDir() + name;
  std::ofstream(path) << content;
  return path;
}

TEST(CurlAttrsvcClientTest, ALogIsSubmittedWithItsOwnerAndJob) {
  for (const Form form : {Form::kDocumented, Form::kReleased}) {
    const auto standin = StartStandIn(form);
    const auto client = MakeClient(standin->url());
    const std::string log = WriteLog("submit.log", "MemoryError\n");
    const Answer answer = Submit(client.get(), log);
    EXPECT_EQ(answer.kind, AnswerKind::kAccepted);
    EXPECT_EQ(answer.http_status, 200);
    EXPECT_EQ(answer.mode, "SINGLE");
    EXPECT_EQ(answer.error, "");
    const Received received = standin->service().Requests().at(0);
    EXPECT_EQ(received.path, "/logs");
    EXPECT_EQ(received.log_path, log);
    EXPECT_EQ(received.user, "alice");
    EXPECT_EQ(received.job_id, "12_3");
    EXPECT_EQ(received.analysis_intent, "terminal");
  }
}

TEST(CurlAttrsvcClientTest, TheDocumentedRouteOfResultsIsAskedAlone) {
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

TEST(CurlAttrsvcClientTest, TheReleasedRouteIsFoundOnceAndRemembered) {
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

TEST(CurlAttrsvcClientTest, AnUnknownLogIsToldFromAMissingRoute) {
  for (const Form form : {Form::kDocumented, Form::kReleased}) {
    const auto standin = StartStandIn(form);
    const auto client = MakeClient(standin->url());
    EXPECT_EQ(GetResult(client.get(), "/never/posted").kind,
              AnswerKind::kUnknownLog);
  }
}

TEST(CurlAttrsvcClientTest, AfterAnOutageTheRouteIsFoundOutAgain) {
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

TEST(CurlAttrsvcClientTest, AChangeOfFormThatWasNotNoticedCostsNoAnswer) {
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

TEST(CurlAttrsvcClientTest, AResultPathThatIsGivenIsTheOnlyOneAsked) {
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

TEST(CurlAttrsvcClientTest, AResultPathThatIsNoneIsRefused) {
  CurlAttrsvcClientOptions options;
  options.endpoint = *ParseEndpoint("http://localhost:8000");
  options.result_path = "/results\n";
  const absl::Status status = CurlAttrsvcClient::Create(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(R"('/results\n')"));
}

TEST(CurlAttrsvcClientTest, WhereNeitherRouteIsThereItIsNoAttrsvc) {
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

TEST(CurlAttrsvcClientTest, TheReleasedRouteIsAskedNotToWait) {
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
  EXPECT_THAT(second, ::testing::StartsWith(
                          "GET /prefix/logs?log_path=%2Fa%20b&wait=false "));
}

TEST(CurlAttrsvcClientTest, APathOfAnyCharactersArrivesAsItIs) {
  const std::string path = "/a b&c=d+e%41#?\"\\\n\xC3\xA9/..";
  const auto standin = StartStandIn(Form::kDocumented);
  const auto client = MakeClient(standin->url());
  Submit(client.get(), path);
  GetResult(client.get(), path);
  for (const Received& request : standin->service().Requests()) {
    EXPECT_EQ(request.log_path, path);
  }
  // Bytes that JSON cannot carry still make a well-formed request.
  EXPECT_EQ(Submit(client.get(), "/\xFF").http_status, 200);
}

TEST(CurlAttrsvcClientTest, StatisticsComeAsTheyAre) {
  const auto standin = StartStandIn(Form::kDocumented);
  const auto client = MakeClient(standin->url());
  const Answer answer = GetStats(client.get());
  EXPECT_EQ(answer.kind, AnswerKind::kAccepted);
  EXPECT_THAT(answer.body, HasSubstr(R"("stand_in":true)"));
}

TEST(CurlAttrsvcClientTest, AProbeTellsReachableFromUnhealthyFromGone) {
  const auto released = StartStandIn(Form::kReleased);
  auto documented = StartStandIn(Form::kDocumented);
  EXPECT_EQ(Probe(MakeClient(released->url()).get()).kind,
            AnswerKind::kAccepted);
  const auto client = MakeClient(documented->url());
  const Answer missing = Probe(client.get());
  EXPECT_EQ(missing.kind, AnswerKind::kAccepted);
  EXPECT_EQ(missing.http_status, 404);
  Knobs knobs;
  knobs.status = 503;
  knobs.error_code = "unhealthy";
  documented->service().SetKnobs(knobs);
  EXPECT_EQ(Probe(client.get()).kind, AnswerKind::kBusy);
  documented.reset();
  EXPECT_EQ(Probe(client.get()).kind, AnswerKind::kUnavailable);
}

TEST(CurlAttrsvcClientTest, ErrorsAndRetryAfterComeThrough) {
  StandInOptions options;
  options.service.knobs.submit_per_minute = 1;
  options.service.knobs.retry_after = "17";
  const auto standin = StartStandIn(options);
  const auto client = MakeClient(standin->url());
  EXPECT_EQ(Submit(client.get(), "relative").kind, AnswerKind::kRejected);
  const Answer limited = Submit(client.get(), "/x");
  EXPECT_EQ(limited.kind, AnswerKind::kRateLimited);
  EXPECT_EQ(limited.retry_after, absl::Seconds(17));
}

TEST(CurlAttrsvcClientTest, AUnixSocketIsSpokenToWithoutAnyProxy) {
  char dir[] = "/tmp/attrsvc_client_test.XXXXXX";
  ASSERT_NE(mkdtemp(dir), nullptr);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  StandInOptions options;
  options.service.form = Form::kReleased;
  options.port.reset();
  options.unix_socket = absl::StrCat(dir, "/s");
  auto standin = StartStandIn(options);
  const auto client = MakeClient(standin->url());
  const std::string log = WriteLog("unix.log", "all done\n");
  EXPECT_EQ(Submit(client.get(), log).kind, AnswerKind::kAccepted);
  EXPECT_EQ(GetResult(client.get(), log).verdict->action, Action::kContinue);
  standin.reset();
  EXPECT_EQ(Probe(client.get()).error,
            absl::StrCat("attrsvc at unix://", options.unix_socket,
                         " does not answer: No such file or directory"));
  unsetenv("http_proxy");
  std::filesystem::remove_all(dir);
}

TEST(CurlAttrsvcClientTest, ALongAnalysisIsNoOutage) {
  StandInOptions options;
  options.service.knobs.analysis_ms = 3'600'000;
  const auto standin = StartStandIn(options);
  const auto client = MakeClient(standin->url(), kShort);
  const std::string log = WriteLog("long.log", "MemoryError\n");
  Submit(MakeClient(standin->url()).get(), log);
  const Answer answer = GetResult(client.get(), log);
  EXPECT_EQ(answer.kind, AnswerKind::kInProgress);
  EXPECT_EQ(answer.http_status, 0);
  EXPECT_THAT(answer.error, HasSubstr("may still be analysing"));
}

TEST(CurlAttrsvcClientTest, SilenceIsAnOutageWhereTheAnswerNeedNoAnalysis) {
  StandInOptions options;
  options.service.form = Form::kReleased;
  options.service.knobs.latency_ms = 3'600'000;
  const auto standin = StartStandIn(options);
  const auto client = MakeClient(standin->url(), kShort, "/logs");
  Mailbox mailbox;
  client->Submit({"/x", "alice", "1"}, mailbox.Callback());
  client->GetResult("/x", mailbox.Callback());
  client->GetStats(mailbox.Callback());
  client->Probe(mailbox.Callback());
  for (const Answer& answer : mailbox.Await(4)) {
    EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
    EXPECT_THAT(answer.error,
                HasSubstr("does not answer: nothing came within"));
  }
}

TEST(CurlAttrsvcClientTest, AnAnswerThatIsNotAttrsvcsIsNoAcceptance) {
  RawServer server([](RawServer::Connection* c) {
    while (!c->ReadRequest().empty()) {
      c->Send(RawResponse("200 OK", "<html>Please log in</html>",
                          "Content-Type: text/html\r\n"));
    }
  });
  const auto client = MakeClient(server.url());
  EXPECT_EQ(Submit(client.get(), "/x").kind, AnswerKind::kUnavailable);
  EXPECT_EQ(GetResult(client.get(), "/x").kind, AnswerKind::kUnavailable);
  EXPECT_EQ(GetStats(client.get()).kind, AnswerKind::kUnavailable);
}

TEST(CurlAttrsvcClientTest, ATooLargeResultIsRejectedSoThatItIsNotReadForEver) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send(RawResponse("200 OK", std::string(2000, ' ')));
    c->AwaitClose(-1);
  });
  CurlAttrsvcClientOptions options;
  options.endpoint = *ParseEndpoint(server.url());
  options.max_body_bytes = 1000;
  const auto client = *CurlAttrsvcClient::Create(options);
  const Answer answer = GetResult(client.get(), "/x");
  EXPECT_EQ(answer.kind, AnswerKind::kRejected);
  EXPECT_THAT(answer.error, HasSubstr("its answer is larger than 1000 bytes"));
}

TEST(CurlAttrsvcClientTest, CallsFromManyThreadsAreEachAnsweredOnce) {
  StandInOptions options;
  options.service.knobs.fail_rate = 0.3;
  const auto standin = StartStandIn(options);
  const std::string log = WriteLog("many.log", "MemoryError\n");
  Mailbox mailbox;
  const auto client = MakeClient(standin->url());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        client->Submit({log, "alice", "1"}, mailbox.Callback());
        client->GetResult(log, mailbox.Callback());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int unavailable = 0;
  for (const Answer& answer : mailbox.Await(400)) {
    if (answer.kind == AnswerKind::kUnavailable) ++unavailable;
  }
  EXPECT_GT(unavailable, 0);
  EXPECT_LT(unavailable, 300);
}

TEST(CurlAttrsvcClientTest, ItsEndAnswersWhatIsOutstanding) {
  StandInOptions options;
  options.service.knobs.latency_ms = 3'600'000;
  const auto standin = StartStandIn(options);
  auto client = MakeClient(standin->url(), absl::Hours(1));
  Mailbox mailbox;
  for (int i = 0; i < 5; ++i) {
    client->Submit({"/x", "alice", "1"}, mailbox.Callback());
    client->GetResult("/x", mailbox.Callback());
  }
  ASSERT_TRUE(standin->service().AwaitRequests(10, kLong));
  const absl::Time begin = absl::Now();
  client.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
  for (const Answer& answer : mailbox.Await(10)) {
    EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
    EXPECT_THAT(answer.error, HasSubstr("was not waited for"));
  }
}

}  // namespace
}  // namespace smon
