#include "server/gateway/compat_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/gateway/fake_monitor_service.h"

namespace smon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

class CompatEndpointsTest : public ::testing::Test {
 protected:
  CompatEndpointsTest() : endpoints_(service_.channel()) {}

  HttpResponse Send(const std::string& method, const std::string& target) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = {{"Authorization", "Bearer t"}};
    service_.Publish();
    return HandleAndWait(&endpoints_, std::move(request));
  }
  std::string Get(const std::string& target) {
    const HttpResponse response = Send("GET", target);
    return absl::StrCat(response.status, " ", response.body);
  }

  static std::optional<std::string> NextPiece(HttpBodyStream* stream) {
    std::promise<std::optional<std::string>> next;
    stream->Next([&next](std::optional<std::string> piece) {
      next.set_value(std::move(piece));
    });
    return next.get_future().get();
  }
  static std::vector<std::string> Pieces(const HttpResponse& response) {
    std::vector<std::string> pieces = {response.body};
    while (auto piece = NextPiece(response.stream.get())) {
      pieces.push_back(*std::move(piece));
    }
    return pieces;
  }

  // Jobs "0" to "n-1", as many a page as asked for.
  void ServeJobs(int n) {
    service_.list_jobs = [n](const v1::ListJobsRequest& request,
                             v1::ListJobsResponse* page) {
      int first = 0;
      if (!request.page_token().empty() &&
          !absl::SimpleAtoi(request.page_token(), &first)) {
        return grpc::Status(grpc::INVALID_ARGUMENT, "bad page_token");
      }
      const int end = std::min(n, first + request.page_size());
      for (int i = first; i < end; ++i) {
        page->add_jobs()->set_job_id(absl::StrCat(i));
      }
      if (end < n) page->set_next_page_token(absl::StrCat(end));
      return grpc::Status::OK;
    };
  }

  FakeMonitorService service_;
  CompatEndpoints endpoints_;
};

TEST_F(CompatEndpointsTest, HealthIs200WhenAllIsWell) {
  service_.health.set_status(v1::Health::OK);
  service_.health.set_squeue_calls(12);
  EXPECT_EQ(Get("/healthz"),
            R"(200 {"status":"ok","squeue_calls":12,"squeue_failures":0,)"
            R"("slurm_healthy":true,"attrsvc_healthy":true,"components":[]})");
}

TEST_F(CompatEndpointsTest, HealthTellsOfEachPartSinceWhenAndWhatComesNext) {
  v1::Health::Component* component = service_.health.add_components();
  component->set_name("attrsvc");
  component->set_status(v1::Health::DEGRADED);
  component->mutable_since_time()->set_seconds(1600000000);
  component->set_last_error("connection \"refused\"");
  component->mutable_last_error_time()->set_seconds(1600000001);
  component->mutable_next_attempt_time()->set_seconds(1600000005);
  EXPECT_THAT(
      Get("/healthz"),
      HasSubstr(R"("components":[{"name":"attrsvc","status":"degraded",)"
                R"("since":"2020-09-13T12:26:40Z",)"
                R"("last_error":"connection \"refused\"",)"
                R"("last_error_time":"2020-09-13T12:26:41Z",)"
                R"("last_success_time":null,)"
                R"("next_attempt_time":"2020-09-13T12:26:45Z"}]})"));
}

TEST_F(CompatEndpointsTest, HealthIs503WithTheIssuesWhenNot) {
  service_.health.set_status(v1::Health::DEGRADED);
  service_.health.add_issues("squeue_failure_rate=60.0%");
  service_.health.add_issues("attrsvc_unreachable");
  for (const char* name : {"slurm", "accounting", "attrsvc"}) {
    v1::Health::Component* component = service_.health.add_components();
    component->set_name(name);
    component->set_status(v1::Health::DEGRADED);
  }
  service_.health.set_squeue_calls(10);
  service_.health.set_squeue_failures(6);
  EXPECT_THAT(
      Get("/healthz"),
      StartsWith(
          R"(503 {"status":"degraded","squeue_calls":10,"squeue_failures":6,)"
          R"("slurm_healthy":false,"attrsvc_healthy":false,)"
          R"("issues":["squeue_failure_rate=60.0%","attrsvc_unreachable"],)"));
}

TEST_F(CompatEndpointsTest, SlurmIsHealthyWhenThatOfEachClusterIs) {
  for (const char* cluster : {"tux", "gnu"}) {
    v1::Health::Component* component = service_.health.add_components();
    component->set_name("slurm");
    component->set_cluster(cluster);
    component->set_status(v1::Health::OK);
  }
  EXPECT_THAT(Get("/healthz"), HasSubstr(R"("slurm_healthy":true)"));
  EXPECT_THAT(Get("/healthz"), HasSubstr(R"("cluster":"gnu")"));
  service_.health.mutable_components(1)->set_status(v1::Health::DEGRADED);
  EXPECT_THAT(Get("/healthz"), HasSubstr(R"("slurm_healthy":false)"));
}

TEST_F(CompatEndpointsTest, HealthIs200WithTheIssueWhenOnlyAccountingIsAway) {
  service_.health.set_status(v1::Health::DEGRADED);
  service_.health.add_issues("accounting_unavailable");
  v1::Health::Component* component = service_.health.add_components();
  component->set_name("accounting");
  component->set_status(v1::Health::DEGRADED);
  EXPECT_THAT(
      Get("/healthz"),
      StartsWith(R"(200 {"status":"ok","squeue_calls":0,"squeue_failures":0,)"
                 R"("slurm_healthy":true,"attrsvc_healthy":true,)"
                 R"("issues":["accounting_unavailable"],)"));
}

TEST_F(CompatEndpointsTest, HealthIs503WhenTheServiceDoesNotAnswer) {
  service_.health_status = grpc::Status(grpc::UNAVAILABLE, "store is gone");
  EXPECT_EQ(
      Get("/healthz"),
      R"(503 {"status":"degraded","issues":["no_answer=store is gone"]})");
}

TEST_F(CompatEndpointsTest, StatsAreFiveObjectsOfNumbers) {
  v1::Stats& stats = service_.stats;
  stats.mutable_jobs()->set_total(9007199254740993);
  stats.mutable_jobs()->set_results_fetched(2);
  stats.mutable_job_totals()->set_logs_submitted(3);
  stats.mutable_slurm()->set_sacct_failures(4);
  stats.mutable_path_errors()->set_unexpanded_patterns(5);
  stats.mutable_http_errors()->set_rate_limited(6);
  const std::string expected =
      R"(200 {"jobs":{"total":9007199254740993,"running":0,"terminal":0,)"
      R"("has_output_path":0,"logs_submitted":0,"logs_post_success":0,)"
      R"("results_fetched":2},"job_totals":{"total":0,"has_output_path":0,)"
      R"("logs_submitted":3,"logs_post_success":0,"results_fetched":0},)"
      R"("slurm":{"squeue_calls":0,"scontrol_calls":0,"sacct_calls":0,)"
      R"("squeue_failures":0,"scontrol_failures":0,"sacct_failures":4},)"
      R"("path_errors":{"permission_denied":0,"not_found":0,"file_empty":0,)"
      R"("unexpanded_patterns":5,"other":0},"http_errors":{"rate_limited":6}})";
  EXPECT_EQ(Get("/stats"), expected);
  EXPECT_EQ(Get("/"), expected);
  EXPECT_EQ(Get("/?x=y"), expected);
}

TEST_F(CompatEndpointsTest, JobsHaveTheKeysOfThePythonService) {
  service_.list_jobs = [](const v1::ListJobsRequest&,
                          v1::ListJobsResponse* page) {
    v1::Job* job = page->add_jobs();
    job->set_job_id("12_3");
    job->set_name("a\"<é");
    job->set_user("u");
    job->set_partition("batch");
    job->set_state(v1::Job::OUT_OF_MEMORY);
    job->set_state_text("OUT_OF_MEMORY");
    job->set_stdout_path("/logs/12_3.out");
    job->mutable_delivery()->set_phase(v1::Delivery::COMPLETED);
    job->mutable_delivery()->mutable_submitted_time()->set_seconds(1);
    job->mutable_verdict();
    job = page->add_jobs();
    job->set_job_id("13");
    job->set_state(v1::Job::FINISHED);
    job->set_state_text("COMPLETING");
    job->mutable_delivery()->set_phase(v1::Delivery::PENDING);
    job->mutable_delivery()->set_submit_attempts(1);
    job = page->add_jobs();
    job->set_job_id("14");
    job->set_state(v1::Job::OTHER);
    job->set_state_text("NEW_IN_26");
    job->mutable_delivery()->set_phase(v1::Delivery::WAITING);
    return grpc::Status::OK;
  };
  EXPECT_EQ(Get("/jobs"),
            R"(200 {"jobs":[{"job_id":"12_3","name":"a\"<é","user":"u",)"
            R"("partition":"batch","state":"OUT_OF_MEMORY",)"
            R"("stdout_path":"/logs/12_3.out","log_submitted":true,)"
            R"("post_success":true,"result_fetched":true,)"
            R"("last_state":"OUT_OF_MEMORY"},)"
            R"({"job_id":"13","name":"","user":"","partition":"",)"
            R"("state":"FINISHED","stdout_path":"","log_submitted":true,)"
            R"("post_success":false,"result_fetched":false,)"
            R"("last_state":"COMPLETING"},)"
            R"({"job_id":"14","name":"","user":"","partition":"",)"
            R"("state":"NEW_IN_26","stdout_path":"","log_submitted":false,)"
            R"("post_success":false,"result_fetched":false,)"
            R"("last_state":"NEW_IN_26"}],"count":3})");
}

TEST_F(CompatEndpointsTest, NoJobsAreAnEmptyList) {
  EXPECT_EQ(Get("/jobs"), R"(200 {"jobs":[],"count":0})");
  EXPECT_EQ(Get("/jobs?pretty=1"), "200 {\n  \"jobs\": [],\n  \"count\": 0\n}");
}

TEST_F(CompatEndpointsTest, AllPagesAreStreamedUnlessOneIsAskedFor) {
  ServeJobs(2500);
  HttpResponse response = Send("GET", "/jobs");
  const auto pieces = Pieces(response);
  EXPECT_EQ(pieces.size(), 3);
  EXPECT_FALSE(response.stream->Broken());
  const std::string text = absl::StrJoin(pieces, "");
  const auto all = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(text, all.dump());
  EXPECT_EQ(all["count"], 2500);
  EXPECT_EQ(all["jobs"].size(), 2500);
  EXPECT_EQ(all["jobs"][2499]["job_id"], "2499");
  EXPECT_FALSE(all.contains("next_page_token"));
  const std::string pretty =
      absl::StrJoin(Pieces(Send("GET", "/jobs?pretty=1")), "");
  EXPECT_EQ(pretty, all.dump(2));
}

TEST_F(CompatEndpointsTest, APageIsNotReadBeforeTheClientHasTheOneBefore) {
  ServeJobs(2500);
  const HttpResponse response = Send("GET", "/jobs");
  EXPECT_EQ(service_.LastRequest(), "ListJobsRequest{page_size: 1000}");
  NextPiece(response.stream.get());
  EXPECT_EQ(service_.LastRequest(),
            "ListJobsRequest{page_size: 1000 page_token: \"1000\"}");
}

TEST_F(CompatEndpointsTest, APageThatCannotBeReadBreaksTheStream) {
  ServeJobs(2500);
  const HttpResponse response = Send("GET", "/jobs");
  service_.list_jobs = [](const v1::ListJobsRequest&, v1::ListJobsResponse*) {
    return grpc::Status(grpc::UNAVAILABLE, "store is gone");
  };
  service_.Publish();
  EXPECT_EQ(NextPiece(response.stream.get()), std::nullopt);
  EXPECT_TRUE(response.stream->Broken());
}

TEST_F(CompatEndpointsTest, APageHasItsSizeAndTheNextToken) {
  ServeJobs(3);
  auto page = nlohmann::json::parse(Send("GET", "/jobs?page_size=2").body);
  EXPECT_EQ(page["count"], 2);
  EXPECT_EQ(page["next_page_token"], "2");
  page =
      nlohmann::json::parse(Send("GET", "/jobs?pageToken=2&pageSize=2").body);
  EXPECT_EQ(page["count"], 1);
  EXPECT_FALSE(page.contains("next_page_token"));
  EXPECT_EQ(Get("/jobs?page_token=x"), R"(400 {"error":"bad page_token"})");
  EXPECT_EQ(Get("/jobs?page_size=x"),
            R"(400 {"error":"page_size is not a number: x"})");
}

TEST_F(CompatEndpointsTest, PrettyIndentsByTwo) {
  ServeJobs(2);
  for (const char* yes : {"true", "1", "yes", "TRUE"}) {
    const HttpResponse response =
        Send("GET", absl::StrCat("/jobs?pretty=", yes));
    EXPECT_EQ(response.body,
              nlohmann::ordered_json::parse(response.body).dump(2));
    EXPECT_THAT(response.body,
                HasSubstr("\n    {\n      \"job_id\": \"0\",\n"));
  }
  EXPECT_THAT(Get("/stats?pretty=true"), HasSubstr("{\n  \"jobs\": {\n    \""));
  EXPECT_THAT(Get("/healthz?pretty=yes"), HasSubstr("{\n  \"status\": "));
  EXPECT_THAT(Get("/stats?pretty=0"), HasSubstr("{\"jobs\":{\""));
}

TEST_F(CompatEndpointsTest, AFailureIs503AndSaysWhy) {
  service_.list_jobs = [](const v1::ListJobsRequest&, v1::ListJobsResponse*) {
    return grpc::Status(grpc::INTERNAL, "disk \xff");
  };
  EXPECT_EQ(Get("/jobs"), "503 {\"error\":\"disk \xef\xbf\xbd\"}");
}

TEST_F(CompatEndpointsTest, OtherMethodsAre405) {
  const HttpResponse response = Send("POST", "/jobs");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
  EXPECT_EQ(Send("OPTIONS", "/jobs").status, 204);
  EXPECT_EQ(Send("HEAD", "/jobs").status, 200);
}

TEST_F(CompatEndpointsTest, TheCallerIsPassedOn) {
  for (const char* path : {"/stats", "/jobs", "/healthz"}) {
    Get(path);
    EXPECT_EQ(service_.Metadata("authorization"), "Bearer t") << path;
  }
}

}  // namespace
}  // namespace smon
