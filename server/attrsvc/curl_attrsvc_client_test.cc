#include "server/attrsvc/curl_attrsvc_client.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/attrsvc/client_test_support.h"
#include "server/attrsvc/mailbox.h"
#include "testing/attrsvc_standin/standin.h"
#include "testing/raw_server.h"

namespace smon {
namespace {

using attrsvc_standin::Form;
using attrsvc_standin::Knobs;
using attrsvc_standin::Received;
using attrsvc_standin::StandInOptions;
using ::testing::HasSubstr;

constexpr absl::Duration kShort = absl::Seconds(1);

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

TEST(CurlAttrsvcClientTest, ALogThatIsStillWrittenIsOnlyRegistered) {
  const auto standin = StartStandIn(Form::kReleased);
  const auto client = MakeClient(standin->url());
  const std::string log = WriteLog("running.log", "step 1\n");
  const Answer answer = Await([&](AttrsvcClient::Callback done) {
    client->Submit({log, "alice", "12", /*still_running=*/true},
                   std::move(done));
  });
  EXPECT_EQ(answer.kind, AnswerKind::kAccepted);
  EXPECT_EQ(standin->service().Requests().at(0).analysis_intent, "track_only");
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
  Mailbox<Answer> mailbox;
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
  Mailbox<Answer> mailbox;
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
  Mailbox<Answer> mailbox;
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
