#include "server/ui/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace smon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class StatusPageTest : public ::testing::Test {
 protected:
  HttpResponse Ask(const std::string& path, const std::string& target,
                   HttpRequest request = {}) {
    if (request.method.empty()) request.method = "GET";
    request.target = target;
    HttpResponse answer;
    page_.handlers().at(path)->Handle(
        std::move(request),
        [&answer](HttpResponse response) { answer = std::move(response); });
    return answer;
  }

  StatusPage page_;
};

TEST_F(StatusPageTest, AnswersThePageAndWhatItIsMadeOf) {
  const HttpResponse page = Ask("/ui", "/ui?state=any");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, ::testing::StartsWith("<!doctype html>"));
  EXPECT_EQ(Ask("/ui/style.css", "/ui/style.css").content_type,
            "text/css; charset=utf-8");
  EXPECT_EQ(Ask("/ui/app.js", "/ui/app.js").content_type,
            "text/javascript; charset=utf-8");
  EXPECT_EQ(Ask("/ui/icon.svg", "/ui/icon.svg").content_type, "image/svg+xml");
}

// Whatever the page names is there, and nothing of it comes from elsewhere.
TEST_F(StatusPageTest, ThePageNamesOurOwnFilesOnly) {
  const std::string body = Ask("/ui", "/ui").body;
  const auto handlers = page_.handlers();
  int named = 0;
  for (const char* attribute : {" src=\"", " href=\""}) {
    for (size_t at = body.find(attribute); at != std::string::npos;
         at = body.find(attribute, at + 1)) {
      const size_t begin = at + absl::string_view(attribute).size();
      const std::string name =
          body.substr(begin, body.find('"', begin) - begin);
      if (name[0] == '#') continue;  // a place on the page
      EXPECT_THAT(handlers, Contains(Key(absl::StrCat("/", name))));
      ++named;
    }
  }
  EXPECT_GE(named, 3);
  EXPECT_THAT(body, Not(HasSubstr("<script>")));
  EXPECT_THAT(body, Not(HasSubstr(" style=")));
  EXPECT_THAT(body, Not(HasSubstr(" onclick=")));
}

TEST_F(StatusPageTest, NothingButItsOwnFilesRuns) {
  const HttpResponse page = Ask("/ui", "/ui");
  const std::string policy(FindHeader(page.headers, "Content-Security-Policy"));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("*")));
}

TEST_F(StatusPageTest, ABrowserAsksWhetherItsCopyIsStillGood) {
  const HttpResponse first = Ask("/ui", "/ui");
  EXPECT_EQ(FindHeader(first.headers, "Cache-Control"), "no-cache");
  const std::string etag(FindHeader(first.headers, "ETag"));
  ASSERT_FALSE(etag.empty());
  HttpRequest request;
  request.headers = {{"If-None-Match", etag}};
  const HttpResponse second = Ask("/ui", "/ui", request);
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(FindHeader(second.headers, "ETag"), etag);
  request.headers = {{"If-None-Match", "W/\"other\""}};
  EXPECT_EQ(Ask("/ui", "/ui", request).status, 200);
  EXPECT_NE(FindHeader(Ask("/ui/app.js", "/ui/app.js").headers, "ETag"), etag);
}

TEST_F(StatusPageTest, TheFolderLeadsToThePageWithItsFilter) {
  const HttpResponse response = Ask("/ui/", "/ui/?state=any&user=a%0d%0ab");
  EXPECT_EQ(response.status, 308);
  EXPECT_EQ(FindHeader(response.headers, "Location"),
            "../ui?state=any&user=a%0d%0ab");
  EXPECT_EQ(FindHeader(Ask("/ui/", "/ui/").headers, "Location"), "../ui");
}

TEST_F(StatusPageTest, RefusesToBeChanged) {
  for (const char* path : {"/ui", "/ui/", "/ui/app.js"}) {
    HttpRequest request;
    request.method = "POST";
    EXPECT_EQ(Ask(path, path, request).status, 405) << path;
    EXPECT_THAT(Ask(path, path, request).headers,
                Contains(Pair("Allow", "GET, HEAD, OPTIONS")));
  }
}

}  // namespace
}  // namespace smon
