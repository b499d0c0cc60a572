#include "testing/attrsvc_standin/service.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace smon::attrsvc_standin {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    options_.form = Form::kReleased;
  }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = dir_ + "/" + name;
    std::ofstream(path) << content;
    return path;
  }

  Service& service() {
    if (!service_) service_.emplace(options_);
    return *service_;
  }

  Reply Get(const std::string& target) {
    return service().Handle({"GET", target, "", ""}, now_);
  }
  Reply Post(const std::string& target, const std::string& body) {
    return service().Handle({"POST", target, "application/json", body}, now_);
  }
  Reply Submit(const std::string& path) {
    return Post("/logs", nlohmann::json{{"log_path", path},
                                        {"user", "alice"},
                                        {"job_id", "12_3"},
                                        {"analysis_intent", "terminal"}}
                             .dump());
  }
  Reply Result(const std::string& path, const std::string& more = "") {
    return Get(absl::StrCat(
        options_.form == Form::kReleased ? "/logs" : "/logs/result",
        "?log_path=", path, more));
  }

  const std::string dir_ = ::testing::TempDir() + "/service_test";
  ServiceOptions options_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::optional<Service> service_;
};

std::string ErrorCode(const Reply& reply) {
  return absl::StrCat(
      reply.status, " ",
      nlohmann::json::parse(reply.body).value("error_code", ""));
}

nlohmann::json Json(const Reply& reply) {
  return nlohmann::json::parse(reply.body);
}

TEST_F(ServiceTest, ReleasedATerminalSubmissionStartsTheAnalysis) {
  options_.knobs.analysis_ms = 1000;
  const std::string log = Write("log", "CUDA error: unknown\n");
  const Reply submitted = Submit(log);
  EXPECT_EQ(submitted.status, 200);
  EXPECT_EQ(Json(submitted)["submitted"], true);
  EXPECT_EQ(Json(submitted)["mode"], "single");

  EXPECT_EQ(Json(Result(log, "&wait=false"))["status"], "in_flight");
  EXPECT_EQ(Result(log).delay, absl::Seconds(1));
  now_ += absl::Seconds(1);
  const Reply result = Result(log, "&wait=false");
  EXPECT_EQ(result.delay, absl::ZeroDuration());
  EXPECT_EQ(Json(result)["status"], "completed");
  EXPECT_EQ(Json(result)["recommendation"]["action"], "RESTART");
}

TEST_F(ServiceTest, ReleasedWithoutTheIntentOnlyAWaitingGetAnalyses) {
  const std::string log = Write("log", "done\n");
  Post("/logs", absl::StrCat(R"({"log_path":")", log, R"("})"));
  EXPECT_EQ(Json(Result(log, "&wait=false"))["status"], "pending");
  EXPECT_EQ(Json(Result(log))["recommendation"]["action"], "CONTINUE");
  EXPECT_EQ(Json(Result(log, "&wait=false"))["status"], "completed");
}

TEST_F(ServiceTest, DocumentedTheFirstGetStartsTheAnalysisAndBlocks) {
  options_.form = Form::kDocumented;
  options_.knobs.analysis_ms = 1000;
  const std::string log = Write("log", "Segmentation fault\n");
  EXPECT_EQ(Json(Submit(log))["mode"], "SINGLE");
  now_ += absl::Seconds(5);
  const Reply first = Result(log);
  EXPECT_EQ(first.delay, absl::Seconds(1));
  EXPECT_FALSE(Json(first).contains("status"));
  EXPECT_EQ(Json(first)["recommendation"]["action"], "STOP");
  // A second one joins the analysis that runs.
  now_ += absl::Milliseconds(400);
  EXPECT_EQ(Result(log).delay, absl::Milliseconds(600));
}

TEST_F(ServiceTest, EachFormHasItsOwnRoutesAndFastApisAnswerForTheOthers) {
  const auto status = [this](const std::string& method,
                             const std::string& target) {
    return service().Handle({method, target, "", ""}, now_).status;
  };
  EXPECT_EQ(Get("/logs/result?log_path=/x").body, R"({"detail":"Not Found"})");
  EXPECT_EQ(status("GET", "/healthz"), 200);
  EXPECT_EQ(status("GET", "/stats"), 200);
  EXPECT_EQ(status("DELETE", "/logs"), 405);
  EXPECT_EQ(status("POST", "/stats"), 405);
  EXPECT_EQ(status("GET", "/"), 404);

  options_.form = Form::kDocumented;
  service_.reset();
  EXPECT_EQ(Get("/healthz").body, R"({"detail":"Not Found"})");
  EXPECT_EQ(Get("/logs?log_path=/x").body,
            R"({"detail":"Method Not Allowed"})");
  EXPECT_THAT(Get("/logs").headers, ElementsAre(Pair("Allow", "POST")));
  EXPECT_EQ(status("POST", "/logs/result"), 405);
  EXPECT_EQ(status("GET", "/stats"), 200);
}

TEST_F(ServiceTest, WhatIsWrongWithAFileHasAttrsvcsStatusAndCode) {
  options_.allowed_root = dir_;
  const std::string empty = Write("empty", "");
  std::filesystem::create_directories(dir_ + "/folder");
  EXPECT_EQ(ErrorCode(Submit("relative")), "400 errorcode.invalid_path");
  EXPECT_EQ(ErrorCode(Submit(dir_ + "/folder")), "400 errorcode.not_regular");
  EXPECT_EQ(ErrorCode(Submit("/etc/passwd")), "403 errorcode.outside_root");
  EXPECT_EQ(ErrorCode(Result(dir_ + "/never")), "404 errorcode.not_found");
  EXPECT_EQ(Json(Submit(empty))["mode"], "pending");
  EXPECT_EQ(ErrorCode(Result(empty, "&wait=false")),
            "400 errorcode.empty_file");

  options_.form = Form::kDocumented;
  service_.reset();
  EXPECT_EQ(Json(Submit(empty))["mode"], "PENDING");
  EXPECT_EQ(ErrorCode(Result(empty)), "400 empty_file");
  EXPECT_EQ(ErrorCode(Result("relative")), "400 invalid_path");
}

TEST_F(ServiceTest, AFileThatIsNotThereYetIsPendingUntilItIs) {
  const std::string late = dir_ + "/late";
  EXPECT_EQ(Json(Submit(late))["mode"], "pending");
  EXPECT_EQ(Json(Result(late, "&wait=false"))["status"], "pending");
  EXPECT_EQ(ErrorCode(Result(late)), "404 errorcode.not_found");
  Write("late", "success\n");
  EXPECT_EQ(Json(Result(late, "&wait=false"))["status"], "completed");
}

TEST_F(ServiceTest, AFileThatIsNotThereMayBeRefused) {
  options_.missing_is_404 = true;
  EXPECT_EQ(ErrorCode(Submit(dir_ + "/late")), "404 errorcode.not_found");
}

TEST_F(ServiceTest, ASecondSubmissionAnalysesAgainOnlyAChangedFile) {
  const std::string log = Write("log", "success\n");
  Submit(log);
  Submit(log);
  EXPECT_EQ(Json(Result(log))["recommendation"]["action"], "CONTINUE");
  Write("log", "success\nSegmentation fault\n");
  EXPECT_EQ(Json(Result(log))["recommendation"]["action"], "CONTINUE");
  Submit(log);
  EXPECT_EQ(Json(Result(log))["recommendation"]["action"], "STOP");
}

TEST_F(ServiceTest, WhatFastApiWouldNotAcceptIsA422) {
  const char* bad[] = {"",
                       "{",
                       "[]",
                       "{}",
                       R"({"log_path":7})",
                       R"({"log_path":"/x","user":7})",
                       R"({"log_path":"/x","user":null,"job_id":[]})",
                       R"({"log_path":"/x","analysis_intent":"now"})",
                       R"({"log_path":"/x","analysis_intent":1})"};
  for (const char* body : bad) {
    const Reply reply = Post("/logs", body);
    EXPECT_EQ(reply.status, 422) << body;
    EXPECT_TRUE(Json(reply)["detail"].is_array()) << body;
  }
  EXPECT_EQ(
      service()
          .Handle({"POST", "/logs", "text/plain", R"({"log_path":"/x"})"}, now_)
          .status,
      422);
  EXPECT_EQ(Get("/logs").status, 422);
  EXPECT_EQ(Get("/logs?log_path=").status, 422);

  options_.form = Form::kDocumented;
  service_.reset();
  EXPECT_EQ(
      Post("/logs", R"({"log_path":"/x","analysis_intent":"now"})").status,
      200);
}

TEST_F(ServiceTest, MoreThanTheLimitInAMovingMinuteGetsA429) {
  options_.knobs.submit_per_minute = 2;
  options_.knobs.result_per_minute = 1;
  EXPECT_EQ(Submit("/x").status, 200);
  now_ += absl::Seconds(20);
  EXPECT_EQ(Submit("/x").status, 200);
  const Reply limited = Submit("/x");
  EXPECT_EQ(limited.status, 429);
  EXPECT_THAT(limited.headers, ElementsAre(Pair("Retry-After", "40")));
  // The two have separate limits.
  EXPECT_NE(Result("/x").status, 429);
  EXPECT_EQ(Result("/x").status, 429);
  now_ += absl::Seconds(40);
  EXPECT_EQ(Submit("/x").status, 200);
  EXPECT_EQ(Submit("/x").status, 429);
}

TEST_F(ServiceTest, FailuresComeAtTheRateAndInTheKindsAskedFor) {
  options_.knobs.fail_rate = 0.5;
  std::map<std::string, int> seen;
  for (int i = 0; i < 3000; ++i) {
    const Reply reply = Get("/stats");
    ++seen[reply.reset ? "reset" : absl::StrCat(reply.status)];
  }
  EXPECT_NEAR(seen["200"], 1500, 150);
  EXPECT_NEAR(seen["500"], 500, 100);
  EXPECT_NEAR(seen["503"], 500, 100);
  EXPECT_NEAR(seen["reset"], 500, 100);
}

TEST_F(ServiceTest, TheConfigRouteChangesTheKnobsAtRunTime) {
  EXPECT_EQ(Post("/_standin/config",
                 R"({"status":503,"error_code":"job_limit_reached",
                     "retry_after":"3","latency_ms":50})")
                .status,
            200);
  const Reply busy = Get("/stats");
  EXPECT_EQ(ErrorCode(busy), "503 errorcode.job_limit_reached");
  EXPECT_THAT(busy.headers, ElementsAre(Pair("Retry-After", "3")));
  EXPECT_EQ(busy.delay, absl::Milliseconds(50));
  EXPECT_EQ(Json(Get("/_standin/config"))["status"], 503);

  Post("/_standin/config", R"({"error_code":"","status":502})");
  EXPECT_EQ(Get("/stats").content_type, "text/html");
  Post("/_standin/config", R"({"status":0})");
  EXPECT_EQ(Get("/stats").status, 200);
  EXPECT_EQ(Post("/_standin/config", R"({"statsu":0})").status, 400);
  EXPECT_EQ(Get("/_standin/nonsense").status, 404);
}

TEST_F(ServiceTest, EveryRequestButTheControlOnesIsListedInOrder) {
  const std::string log = Write("log", "done");
  Submit(log);
  Result(log, "&wait=false");
  Get("/nowhere");
  Post("/_standin/config", R"({"status":503})");
  Submit("/a%20b");
  const nlohmann::json list = Json(Get("/_standin/requests"));
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0], (nlohmann::json{{"time", "2023-11-14T22:13:20.000Z"},
                                     {"method", "POST"},
                                     {"path", "/logs"},
                                     {"log_path", log},
                                     {"user", "alice"},
                                     {"job_id", "12_3"},
                                     {"analysis_intent", "terminal"},
                                     {"status", 200}}));
  EXPECT_EQ(list[1]["method"], "GET");
  EXPECT_EQ(list[1]["log_path"], log);
  EXPECT_EQ(list[2]["status"], 404);
  EXPECT_EQ(list[3]["log_path"], "/a%20b");
  EXPECT_EQ(list[3]["status"], 503);
  EXPECT_EQ(service().Requests().size(), 4u);
  EXPECT_TRUE(service().AwaitRequests(4, absl::ZeroDuration()));
  EXPECT_FALSE(service().AwaitRequests(5, absl::ZeroDuration()));
}

TEST_F(ServiceTest, TheListOfRequestsIsBounded) {
  for (int i = 0; i < 100'005; ++i) Get(absl::StrCat("/", i));
  const std::vector<Received> requests = service().Requests();
  ASSERT_EQ(requests.size(), 100'000u);
  EXPECT_EQ(requests.front().path, "/5");
}

TEST_F(ServiceTest, APathOfAnyBytesIsTakenFromTheQuery) {
  const std::string path = dir_ + "/a b+c&d=%41?\xC3\xA9";
  std::ofstream(path) << "done";
  Submit(path);
  const Reply reply = Result(dir_ + "/a+b%2Bc%26d%3d%2541%3F%c3%A9");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Result("/%FF").status, 404);
  EXPECT_EQ(Json(Get("/_standin/requests")).size(), 3u);
}

}  // namespace
}  // namespace smon::attrsvc_standin
