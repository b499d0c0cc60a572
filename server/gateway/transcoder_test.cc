#include "server/gateway/transcoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

#include "google/rpc/status.pb.h"
#include "server/gateway/transcoder_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

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

TEST_F(TranscoderTest, EachPathOfJobsIsThereWithACluster) {
  EXPECT_EQ(Request("GET", "/v1/clusters/tux/jobs?user=a&cluster=gnu"),
            R"(ListJobsRequest{user: "a" cluster: "tux"})");
  EXPECT_EQ(Request("GET", "/v1/clusters/tux/jobs/12_3?view=FULL"),
            R"(GetJobRequest{job_id: "12_3" view: FULL cluster: "tux"})");
  EXPECT_EQ(Request("GET", "/v1/clusters/tux/jobs/7/result"),
            R"(GetResultRequest{job_id: "7" cluster: "tux"})");
  EXPECT_EQ(Request("POST", "/v1/clusters/tux/jobs/7:resubmit",
                    R"({"cluster":"gnu","jobId":"8"})"),
            R"(ResubmitJobRequest{job_id: "7" cluster: "tux"})");
  EXPECT_EQ(Request("POST", "/v1/clusters/tux/jobs:resubmit",
                    R"({"cluster":"gnu","user":"a"})"),
            R"(ResubmitJobsRequest{user: "a" cluster: "tux"})");
  EXPECT_EQ(Request("POST", "/v1/clusters/tux/jobs/7+1:notify", "{}"),
            R"(NotifyJobRequest{job_id: "7+1" cluster: "tux"})");
  Send("GET", "/v1/clusters/tux/jobs:watch?cursor=x");
  EXPECT_EQ(service_.LastRequest(),
            R"(WatchJobsRequest{cluster: "tux" cursor: "x"})");
}

TEST_F(TranscoderTest, ClustersAndReplicasAreListed) {
  EXPECT_THAT(Answer("GET", "/v1/clusters"),
              AllOf(StartsWith("200 "), HasSubstr(R"("name":"tux")"),
                    HasSubstr(R"("name":"gnu")")));
  EXPECT_EQ(Request("GET", "/v1/clusters/tux"),
            R"(GetClusterRequest{cluster: "tux"})");
  EXPECT_EQ(Request("GET", "/v1/replicas"), "ListReplicasRequest{}");
}

TEST_F(TranscoderTest, AClustersNameInAPathIsOneSegmentAndNoPattern) {
  EXPECT_EQ(Request("GET", "/v1/clusters/%22%3Cb%3E%20%27--%2A/jobs/1"),
            R"(GetJobRequest{job_id: "1" cluster: "\"<b> \'--*"})");
  EXPECT_EQ(Request("GET", "/v1/clusters/{job_id}/jobs/{cluster}"),
            R"(GetJobRequest{job_id: "{cluster}" cluster: "{job_id}"})");
  EXPECT_EQ(Request("GET", "/v1/clusters/../jobs/1"),
            R"(GetJobRequest{job_id: "1" cluster: ".."})");
  const char* const kNotFound =
      R"(404 {"code":5,"message":"Not Found","details":[]})";
  EXPECT_EQ(Answer("GET", "/v1/clusters/a%2Fb/jobs/1"), kNotFound);
  EXPECT_EQ(Answer("POST", "/v1/clusters/a/jobs/:notify", "{}"), kNotFound);
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

}  // namespace
}  // namespace smon
