#include "server/gateway/openapi_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace smon {
namespace {

using ::testing::Contains;
using ::testing::Pair;

HttpResponse Ask(const std::string& method) {
  HttpRequest request;
  request.method = method;
  request.target = "/openapi.json";
  HttpResponse answer;
  OpenapiEndpoint().Handle(
      std::move(request),
      [&answer](HttpResponse response) { answer = std::move(response); });
  return answer;
}

TEST(OpenapiEndpointTest, AnswersTheDocument) {
  const HttpResponse response = Ask("GET");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  const auto document =
      nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["openapi"], "3.0.3");
  for (const char* path : {"/v1/jobs", "/v1/jobs/{jobId}:resubmit", "/healthz",
                           "/livez", "/openapi.json"}) {
    EXPECT_TRUE(document["paths"].contains(path)) << path;
  }
}

TEST(OpenapiEndpointTest, RefusesToBeChanged) {
  const HttpResponse response = Ask("POST");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
  EXPECT_EQ(Ask("OPTIONS").status, 204);
}

}  // namespace
}  // namespace smon
