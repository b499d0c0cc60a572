// What Transcoder makes of answers, and of headers and time limits.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "google/rpc/status.pb.h"
#include "server/gateway/transcoder_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Pair;

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
