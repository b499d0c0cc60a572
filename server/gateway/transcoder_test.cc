#include "server/gateway/transcoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "google/rpc/status.pb.h"
#include "server/gateway/fake_monitor_service.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

class TranscoderTest : public ::testing::Test {
 protected:
  TranscoderTest() {
    auto transcoder = Transcoder::Create(
        service_.channel(),
        v1::Job::descriptor()->file()->FindServiceByName("MonitorService"), {});
    EXPECT_TRUE(transcoder.ok()) << transcoder.status();
    transcoder_ = *std::move(transcoder);
  }

  HttpResponse Send(const std::string& method, const std::string& target,
                    const std::string& body = "", HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = std::move(headers);
    service_.Publish();
    return HandleAndWait(transcoder_.get(), std::move(request));
  }

  // "400 {...}" of what a request is answered with.
  std::string Answer(const std::string& method, const std::string& target,
                     const std::string& body = "", HttpHeaders headers = {}) {
    const HttpResponse response = Send(method, target, body, headers);
    return std::to_string(response.status) + " " + response.body;
  }

  // The request that the service gets, or the error.
  std::string Request(const std::string& method, const std::string& target,
                      const std::string& body = "", HttpHeaders headers = {}) {
    const HttpResponse response = Send(method, target, body, headers);
    return response.status == 200 ? service_.LastRequest() : response.body;
  }

  // All lines of a stream, one string each.
  std::vector<std::string> ReadAll(HttpResponse response) {
    std::vector<std::string> lines = {response.body};
    while (response.stream != nullptr) {
      std::promise<std::optional<std::string>> next;
      response.stream->Next([&next](std::optional<std::string> piece) {
        next.set_value(std::move(piece));
      });
      const auto piece = next.get_future().get();
      if (!piece.has_value()) break;
      lines.push_back(*piece);
    }
    return lines;
  }

  FakeMonitorService service_;
  std::unique_ptr<Transcoder> transcoder_;
};

TEST_F(TranscoderTest, APathVariableBecomesAField) {
  EXPECT_EQ(Request("GET", "/v1/jobs/12_3"),
            R"(GetJobRequest{job_id: "12_3"})");
  EXPECT_EQ(Request("GET", "/v1/jobs/12+1"),
            R"(GetJobRequest{job_id: "12+1"})");
  EXPECT_EQ(Request("GET", "/v1/jobs/12%2B1"),
            R"(GetJobRequest{job_id: "12+1"})");
  EXPECT_EQ(Request("GET", "/v1/jobs/12%5f3"),
            R"(GetJobRequest{job_id: "12_3"})");
  EXPECT_EQ(Request("GET", "/v1/jobs/7/result"),
            R"(GetResultRequest{job_id: "7"})");
}

TEST_F(TranscoderTest, AnAbsoluteTargetIsFineToo) {
  EXPECT_EQ(Request("GET", "http://host:1/v1/jobs/7?view=FULL"),
            R"(GetJobRequest{job_id: "7" view: FULL})");
}

TEST_F(TranscoderTest, AVerbSelectsTheMethod) {
  EXPECT_EQ(Request("POST", "/v1/jobs/12+1:resubmit"),
            R"(ResubmitJobRequest{job_id: "12+1"})");
  EXPECT_EQ(Request("POST", "/v1/jobs/12_3:notify", "{}"),
            R"(NotifyJobRequest{job_id: "12_3"})");
  EXPECT_EQ(Request("POST", "/v1/jobs/12%3Anotify", "{}"),
            R"(NotifyJobRequest{job_id: "12"})");
  EXPECT_EQ(Request("POST", "/v1/jobs:resubmit"), "ResubmitJobsRequest{}");
  EXPECT_EQ(Request("GET", "/v1/jobs/12:notify"),
            R"(GetJobRequest{job_id: "12:notify"})");
}

TEST_F(TranscoderTest, NoRouteIsNotFound) {
  const char* const kNotFound =
      R"(404 {"code":5,"message":"Not Found","details":[]})";
  EXPECT_EQ(Answer("GET", "/v1/nothing"), kNotFound);
  EXPECT_EQ(Answer("GET", "/v1/jobs/1%2F2"), kNotFound);
  EXPECT_EQ(Answer("POST", "/v1/jobs/:resubmit"), kNotFound);
}

TEST_F(TranscoderTest, AnotherMethodIsNotImplementedAsInGrpcGateway) {
  EXPECT_EQ(Answer("DELETE", "/v1/jobs/1"),
            R"(501 {"code":12,"message":"Method Not Allowed","details":[]})");
}

TEST_F(TranscoderTest, ABadPathIsABadRequest) {
  EXPECT_EQ(
      Answer("GET", "/v1/jobs/%zz"),
      R"(400 {"code":3,"message":"invalid URL escape \"%zz\"","details":[]})");
  EXPECT_EQ(Answer("GET", "v1"),
            R"(400 {"code":3,"message":"Bad Request","details":[]})");
  EXPECT_THAT(Answer("GET", "/v1/jobs/%ff"),
              AllOf(StartsWith("400 "), HasSubstr("invalid UTF-8")));
}

TEST_F(TranscoderTest, HeadIsGetAndOptionsListsTheMethods) {
  EXPECT_EQ(Request("HEAD", "/v1/jobs/1"), R"(GetJobRequest{job_id: "1"})");
  const HttpResponse response = Send("OPTIONS", "/v1/jobs/1");
  EXPECT_EQ(response.status, 204);
  EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
  EXPECT_EQ(Send("OPTIONS", "/v1/x").status, 404);
}

TEST_F(TranscoderTest, QueryParametersBecomeFieldsByEitherName) {
  EXPECT_EQ(Request("GET", "/v1/jobs?pageSize=2&page_token=a%20b+c"),
            R"(ListJobsRequest{page_size: 2 page_token: "a b c"})");
  EXPECT_EQ(Request("GET", "/v1/jobs?states=FAILED&states=22&phases=NO_LOG"),
            "ListJobsRequest{states: FAILED states: CANCELLED phases: NO_LOG}");
  EXPECT_EQ(
      Request("GET", "/v1/jobs?endedAfter=2026-11-22T20:40:01.5%2B01:00"),
      "ListJobsRequest{ended_after { seconds: 1795376401 nanos: 500000000 }}");
  EXPECT_EQ(Request("GET", "/v1/jobs?ended_after.seconds=5"),
            "ListJobsRequest{ended_after { seconds: 5 }}");
  EXPECT_EQ(Request("GET", "/v1/jobs?readMask=job_id,delivery.phase"),
            R"(ListJobsRequest{read_mask { paths: "job_id" )"
            R"(paths: "delivery.phase" }})");
  EXPECT_EQ(Request("GET", "/v1/jobs/1?restartCount=0"),
            R"(GetJobRequest{job_id: "1" restart_count: 0})");
}

TEST_F(TranscoderTest, UnknownQueryParametersAreIgnored) {
  EXPECT_EQ(Request("GET", "/v1/jobs?no_such=1&x.y=2&&page_size=3&z"),
            "ListJobsRequest{page_size: 3}");
}

TEST_F(TranscoderTest, TheQueryCannotReplaceAPathVariable) {
  EXPECT_EQ(Request("GET", "/v1/jobs/1?job_id=2&jobId=3"),
            R"(GetJobRequest{job_id: "1"})");
}

TEST_F(TranscoderTest, ABadQueryParameterIsNamed) {
  const auto message = [this](const std::string& query) {
    const HttpResponse response = Send("GET", "/v1/jobs?" + query);
    EXPECT_EQ(response.status, 400) << query;
    google::rpc::Status status;
    EXPECT_TRUE(
        google::protobuf::util::JsonStringToMessage(response.body, &status)
            .ok());
    EXPECT_EQ(status.code(), grpc::INVALID_ARGUMENT);
    return status.message();
  };
  EXPECT_EQ(message("page_size=x"),
            R"(parsing field "page_size": strconv.ParseInt: )"
            R"(parsing "x": invalid syntax)");
  EXPECT_EQ(message("states=FALED"),
            R"(parsing list "states": "FALED" is not a valid value)");
  EXPECT_EQ(message("states[]=FAILED"),
            R"(parsing list "states": "" is not a valid value)");
  EXPECT_EQ(message("user=a&user=b"),
            R"(too many values for field "user": a, b)");
  EXPECT_EQ(message("user.x=a"), R"(invalid path: "user" is not a message)");
  EXPECT_THAT(message("ended_after=yesterday"),
              StartsWith(R"(parsing field "ended_after": parsing time )"));
  EXPECT_EQ(message("a;b"), "invalid semicolon separator in query");
  EXPECT_EQ(message("a=%"), R"(invalid URL escape "%")");
  EXPECT_THAT(message("user=%ff"), HasSubstr("invalid UTF-8"));
}

TEST_F(TranscoderTest, TheBodyIsTheRequest) {
  EXPECT_EQ(Request("POST", "/v1/jobs:resubmit",
                    R"({"states":["FAILED",22],"dryRun":true,"max_jobs":"5",)"
                    R"("endedBefore":"1970-01-01T00:00:01Z"})"),
            "ResubmitJobsRequest{states: FAILED states: CANCELLED ended_before "
            "{ seconds: 1 } dry_run: true max_jobs: 5}");
  // The path wins over the body, and the query does not count.
  EXPECT_EQ(Request("POST", "/v1/jobs/1:resubmit?cluster=x",
                    R"({"jobId":"2","requestId":"r"})"),
            R"(ResubmitJobRequest{job_id: "1" request_id: "r"})");
}

TEST_F(TranscoderTest, UnknownFieldsOfTheBodyAreIgnored) {
  EXPECT_EQ(Request("POST", "/v1/jobs:resubmit",
                    R"({"user":"u","noSuch":{"states":["X"]},"zz":[[1]]})"),
            R"(ResubmitJobsRequest{user: "u"})");
}

TEST_F(TranscoderTest, ABadBodyIsABadRequest) {
  for (const std::string body :
       {"{", "[]", "null", "1", "{'user':'u'}", "{user:\"u\"}", "{\"user\":1}",
        "{\"user\":{}}", "{\"dryRun\":\"maybe\"}", "{\"states\":[\"FALED\"]}",
        "{\"states\":\"FALED\"}", "{\"maxJobs\":99999999999}",
        "{\"endedAfter\":\"yesterday\"}", "{\"user\":\"\xff\"}"}) {
    EXPECT_THAT(Answer("POST", "/v1/jobs:resubmit", body),
                StartsWith(R"(400 {"code":3,"message":")"))
        << body;
  }
}

TEST_F(TranscoderTest, ADeepBodyIsRefused) {
  const std::string deep =
      "{\"x\":" + std::string(100000, '[') + std::string(100000, ']') + "}";
  EXPECT_THAT(Answer("POST", "/v1/jobs:resubmit", deep),
              HasSubstr("exceeded max depth"));
}

TEST_F(TranscoderTest, AnOverridingFormIsNoJsonBody) {
  const auto send = [this](const char* method, const char* target) {
    return Answer("POST", target, "user=u",
                  {{"Content-Type", "application/x-www-form-urlencoded"},
                   {"X-HTTP-Method-Override", method}});
  };
  EXPECT_THAT(send("get", "/v1/jobs"), StartsWith("200 "));
  EXPECT_EQ(service_.LastRequest(), R"(ListJobsRequest{user: "u"})");
  EXPECT_THAT(send("POST", "/v1/jobs:resubmit"), StartsWith("200 "));
  EXPECT_EQ(service_.LastRequest(), "ResubmitJobsRequest{}");
  EXPECT_EQ(send("DELETE", "/v1/jobs"),
            R"(501 {"code":12,"message":"Method Not Allowed","details":[]})");
}

TEST_F(TranscoderTest, AnAbsoluteTargetNamesTheHost) {
  EXPECT_EQ(
      Send("GET", "http://a.example/v1/jobs/1", "", {{"Host", "b"}}).status,
      200);
  EXPECT_EQ(service_.Metadata("x-forwarded-host"), "a.example");
  EXPECT_EQ(Send("GET", "http://a.example").status, 400);
}

TEST_F(TranscoderTest, AQueryIsNotReadWhereNothingCanComeFromIt) {
  EXPECT_EQ(Send("GET", "/v1/stats?%zz").status, 200);
  EXPECT_EQ(Send("GET", "/v1/jobs?%zz").status, 400);
}

TEST_F(TranscoderTest, AFormMayCarryALongQuery) {
  const HttpHeaders form = {
      {"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(Request("POST", "/v1/jobs?page_size=1", "user=u", form),
            R"(ListJobsRequest{user: "u" page_size: 1})");
  EXPECT_EQ(Send("POST", "/v1/jobs", "user=u").status, 501);
}

TEST_F(TranscoderTest, AnErrorKeepsItsCodeMessageAndDetails) {
  google::rpc::Status details;
  v1::HistoryEntry entry;
  entry.set_text("why");
  details.add_details()->PackFrom(entry);
  details.add_details()->set_type_url("type.googleapis.com/no.such");
  service_.get_job = [&](grpc::ServerContext*, v1::Job*) {
    return grpc::Status(grpc::NOT_FOUND, "no job \"1\" <\xff>",
                        details.SerializeAsString());
  };
  EXPECT_EQ(
      Answer("GET", "/v1/jobs/1"),
      R"(404 {"code":5,"message":"no job \"1\" <\\xff>","details":[)"
      R"({"@type":"type.googleapis.com/smon.v1.HistoryEntry","time":null,)"
      R"("text":"why"},{"@type":"type.googleapis.com/no.such","value":""}]})");
}

TEST_F(TranscoderTest, EachCodeHasItsHttpStatus) {
  const std::vector<std::pair<grpc::StatusCode, int>> kCodes = {
      {grpc::CANCELLED, 499},
      {grpc::UNKNOWN, 500},
      {grpc::INVALID_ARGUMENT, 400},
      {grpc::DEADLINE_EXCEEDED, 504},
      {grpc::NOT_FOUND, 404},
      {grpc::ALREADY_EXISTS, 409},
      {grpc::PERMISSION_DENIED, 403},
      {grpc::RESOURCE_EXHAUSTED, 429},
      {grpc::FAILED_PRECONDITION, 400},
      {grpc::ABORTED, 409},
      {grpc::OUT_OF_RANGE, 400},
      {grpc::UNIMPLEMENTED, 501},
      {grpc::INTERNAL, 500},
      {grpc::UNAVAILABLE, 503},
      {grpc::DATA_LOSS, 500},
      {grpc::UNAUTHENTICATED, 401}};
  for (const auto& [code, status] : kCodes) {
    service_.get_job = [code = code](grpc::ServerContext*, v1::Job*) {
      return grpc::Status(code, "m");
    };
    const HttpResponse response = Send("GET", "/v1/jobs/1");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "{\"code\":" + std::to_string(code) +
                                 ",\"message\":\"m\",\"details\":[]}");
    EXPECT_EQ(FindHeader(response.headers, "WWW-Authenticate"),
              status == 401 ? "m" : "");
  }
}

TEST_F(TranscoderTest, AnHttpBodyIsHandedOnAsItIs) {
  service_.get_result = [](google::api::HttpBody* body) {
    body->set_content_type("text/x; charset=utf-8");
    body->set_data("{\"a\" : 1}\xff\n");
    return grpc::Status::OK;
  };
  const HttpResponse response = Send("GET", "/v1/jobs/1/result");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/x; charset=utf-8");
  EXPECT_EQ(response.body, "{\"a\" : 1}\xff\n");
}

TEST_F(TranscoderTest, HeadersBecomeMetadata) {
  Send("GET", "/v1/jobs/1", "",
       {{"Authorization", "Bearer t"},
        {"grpc-metadata-X-Trace", "abc"},
        {"Grpc-Metadata-Key-Bin", "AQI="},
        {"User-Agent", "test"},
        {"X-Other", "no"},
        {"Host", "h:1"},
        {"X-Forwarded-For", "1.2.3.4"}});
  EXPECT_EQ(service_.Metadata("authorization"), "Bearer t");
  EXPECT_EQ(service_.Metadata("grpcgateway-authorization"), "Bearer t");
  EXPECT_EQ(service_.Metadata("x-trace"), "abc");
  EXPECT_EQ(service_.Metadata("key-bin"), "\x01\x02");
  EXPECT_EQ(service_.Metadata("grpcgateway-user-agent"), "test");
  EXPECT_EQ(service_.Metadata("x-other"), "(none)");
  EXPECT_EQ(service_.Metadata("x-forwarded-host"), "h:1");
  EXPECT_EQ(service_.Metadata("x-forwarded-for"), "1.2.3.4");
}

// gRPC would end the process for some of these.
TEST_F(TranscoderTest, HeadersThatCannotBeMetadataAreLeftOut) {
  for (const char* key :
       {"", ":path", "a b", "a/b", "\xc3\xa9", "grpc-timeout", "grpc-status",
        "Grpc-Encoding", "te", "content-type", "host", "user-agent", "-bin"}) {
    EXPECT_EQ(Send("GET", "/v1/jobs/1", "",
                   {{std::string("Grpc-Metadata-") + key, "x"}})
                  .status,
              200)
        << key;
  }
  EXPECT_EQ(Send("GET", "/v1/jobs/1", "",
                 {{"Grpc-Metadata-a", "\x01"}, {"Authorization", "\xff\n"}})
                .status,
            200);
  EXPECT_EQ(service_.Metadata("a"), "(none)");
  EXPECT_EQ(service_.Metadata("authorization"), "(none)");
  EXPECT_EQ(
      Send("GET", "/v1/jobs/1", "", {{"Grpc-Metadata-a-bin", "!"}}).status,
      400);
}

TEST_F(TranscoderTest, MetadataBecomesHeaders) {
  service_.get_job = [](grpc::ServerContext* context, v1::Job*) {
    context->AddInitialMetadata("x-a", "1");
    context->AddInitialMetadata("x-b-bin", "\xff");
    return grpc::Status(grpc::ABORTED, "");
  };
  EXPECT_THAT(Send("GET", "/v1/jobs/1").headers,
              AllOf(Contains(Pair("Grpc-Metadata-x-a", "1")),
                    Contains(Pair("Grpc-Metadata-x-b-bin", "/w=="))));
}

TEST_F(TranscoderTest, GrpcTimeoutLimitsTheCall) {
  service_.get_job = [](grpc::ServerContext* context, v1::Job*) {
    // A call without the header has the default of 30 s.
    const auto left = context->deadline() - std::chrono::system_clock::now();
    EXPECT_GT(left, std::chrono::seconds(20));
    EXPECT_LT(left, std::chrono::seconds(40));
    return grpc::Status::OK;
  };
  EXPECT_EQ(Send("GET", "/v1/jobs/1").status, 200);
  service_.get_job = [](grpc::ServerContext* context, v1::Job*) {
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  EXPECT_EQ(Send("GET", "/v1/jobs/1", "", {{"Grpc-Timeout", "20m"}}).status,
            504);
  EXPECT_EQ(Answer("GET", "/v1/jobs/1", "", {{"Grpc-Timeout", "5 parsecs"}}),
            R"(400 {"code":3,"message":"invalid grpc-timeout: 5 parsecs",)"
            R"("details":[]})");
}

TEST_F(TranscoderTest, APageLargerThanGrpcTakesByDefaultGetsThrough) {
  service_.list_jobs = [](const v1::ListJobsRequest&,
                          v1::ListJobsResponse* page) {
    page->add_jobs()->set_name(std::string(8 * 1024 * 1024, 'x'));
    return grpc::Status::OK;
  };
  EXPECT_EQ(Send("GET", "/v1/jobs").status, 200);
}

TEST_F(TranscoderTest, AStreamIsOneLineAMessage) {
  service_.watch_jobs = [](grpc::ServerContext*,
                           grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
    v1::WatchJobsResponse response;
    for (const char* cursor : {"1", "<2>", "3"}) {
      response.set_cursor(cursor);
      writer->Write(response);
    }
    return grpc::Status::OK;
  };
  EXPECT_EQ(ReadAll(Send("GET", "/v1/jobs:watch?cursor=0")),
            std::vector<std::string>({
                "{\"result\":{\"job\":null,\"cursor\":\"1\"}}\n",
                "{\"result\":{\"job\":null,\"cursor\":\"\\u003c2\\u003e\"}}\n",
                "{\"result\":{\"job\":null,\"cursor\":\"3\"}}\n",
            }));
  EXPECT_EQ(service_.LastRequest(), R"(WatchJobsRequest{cursor: "0"})");
}

TEST_F(TranscoderTest, AStreamThatFailsAtOnceHasTheErrorsStatus) {
  EXPECT_EQ(Answer("GET", "/v1/jobs:watch"),
            "501 {\"error\":{\"code\":12,\"message\":\"not yet \\u003c\","
            "\"details\":[]}}\n");
}

TEST_F(TranscoderTest, AStreamThatFailsLaterEndsWithTheError) {
  service_.watch_jobs = [](grpc::ServerContext*,
                           grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
    writer->Write(v1::WatchJobsResponse());
    return grpc::Status(grpc::UNAVAILABLE, "over");
  };
  EXPECT_EQ(ReadAll(Send("GET", "/v1/jobs:watch")),
            std::vector<std::string>({
                "{\"result\":{\"job\":null,\"cursor\":\"\"}}\n",
                "{\"error\":{\"code\":14,\"message\":\"over\","
                "\"details\":[]}}\n",
            }));
}

TEST_F(TranscoderTest, AnEmptyStreamIsAnEmptyAnswer) {
  service_.watch_jobs = [](auto*, auto*) { return grpc::Status::OK; };
  EXPECT_EQ(Answer("GET", "/v1/jobs:watch"), "200 ");
}

TEST_F(TranscoderTest, ACancelledStreamEndsAtTheServer) {
  const auto cancelled = std::make_shared<std::promise<void>>();
  service_.watch_jobs = [cancelled](
                            grpc::ServerContext*,
                            grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
    while (writer->Write(v1::WatchJobsResponse())) {
    }
    cancelled->set_value();
    return grpc::Status::OK;
  };
  const HttpResponse response = Send("GET", "/v1/jobs:watch");
  ASSERT_NE(response.stream, nullptr);
  response.stream->Cancel();
  cancelled->get_future().wait();
}

TEST_F(TranscoderTest, AClientThatLeavesBeforeTheFirstMessageEndsTheStream) {
  const auto started = std::make_shared<std::promise<void>>();
  service_.watch_jobs = [started](grpc::ServerContext* context,
                                  grpc::ServerWriter<v1::WatchJobsResponse>*) {
    started->set_value();
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  HttpRequest request;
  request.method = "GET";
  request.target = "/v1/jobs:watch";
  request.client_gone = std::make_shared<ClientGone>();
  std::promise<int> status;
  service_.Publish();
  transcoder_->Handle(request, [&status](HttpResponse response) {
    status.set_value(response.status);
  });
  started->get_future().wait();
  request.client_gone->Signal();
  EXPECT_EQ(status.get_future().get(), 499);
}

TEST_F(TranscoderTest, AbortEndsWhatIsRunning) {
  const auto started = std::make_shared<std::promise<void>>();
  service_.get_job = [started](grpc::ServerContext* context, v1::Job*) {
    started->set_value();
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  HttpRequest request;
  request.method = "GET";
  request.target = "/v1/jobs/1";
  std::promise<int> status;
  service_.Publish();
  transcoder_->Handle(request, [&status](HttpResponse response) {
    status.set_value(response.status);
  });
  started->get_future().wait();
  transcoder_->Abort();
  EXPECT_EQ(status.get_future().get(), 499);
}

}  // namespace
}  // namespace smon
