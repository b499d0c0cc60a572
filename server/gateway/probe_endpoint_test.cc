#include "server/gateway/probe_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace smon {
namespace {

HttpResponse Ask(ProbeEndpoint* endpoint, const std::string& target,
                 const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.target = target;
  HttpResponse answer;
  endpoint->Handle(std::move(request), [&answer](HttpResponse response) {
    answer = std::move(response);
  });
  return answer;
}

TEST(ProbeEndpointTest, IsOkWhileAllHolds) {
  ProbeEndpoint endpoint("livez", [] {
    return Checks{{"poller", ""}, {"disk", ""}};
  });
  const HttpResponse brief = Ask(&endpoint, "/livez");
  EXPECT_EQ(brief.status, 200);
  EXPECT_EQ(brief.body, "ok\n");
  EXPECT_EQ(brief.content_type, "text/plain; charset=utf-8");
  for (const char* target : {"/livez?verbose", "/livez?verbose=1"}) {
    const HttpResponse verbose = Ask(&endpoint, target);
    EXPECT_EQ(verbose.status, 200);
    EXPECT_EQ(verbose.body, "[+]poller ok\n[+]disk ok\nlivez check passed\n");
  }
}

TEST(ProbeEndpointTest, SaysWhatDoesNotHold) {
  ProbeEndpoint endpoint("readyz", [] {
    return Checks{{"poller", "overdue for 3s"}, {"disk", ""}, {"cpu", "hot"}};
  });
  const HttpResponse brief = Ask(&endpoint, "/readyz", "HEAD");
  EXPECT_EQ(brief.status, 503);
  EXPECT_EQ(brief.body, "poller: overdue for 3s\ncpu: hot\n");
  const HttpResponse verbose = Ask(&endpoint, "/readyz?verbose");
  EXPECT_EQ(verbose.status, 503);
  EXPECT_EQ(verbose.body,
            "[-]poller overdue for 3s\n[+]disk ok\n[-]cpu hot\n"
            "readyz check failed\n");
}

TEST(ProbeEndpointTest, IsOnlyRead) {
  ProbeEndpoint endpoint("livez", [] { return Checks{}; });
  const HttpResponse answer = Ask(&endpoint, "/livez", "POST");
  EXPECT_EQ(answer.status, 405);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].second, "GET, HEAD, OPTIONS");
  EXPECT_EQ(Ask(&endpoint, "/livez", "OPTIONS").status, 204);
}

}  // namespace
}  // namespace smon
