#include "server/gateway/large_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

class LargeAnswerTest : public ::testing::Test {
 protected:
  LargeAnswerTest() {
    request_.method = "GET";
    response_.body.assign(kLargeAnswerBytes, 'x');
  }

  HttpResponse Shrink() {
    HttpResponse result;
    ShrinkLargeAnswer(request_, [&result](HttpResponse response) {
      result = std::move(response);
    })(response_);
    return result;
  }
  void Accept(const std::string& name, const std::string& value) {
    request_.headers.emplace_back(name, value);
  }

  HttpRequest request_;
  HttpResponse response_;
};

std::string Gunzip(const std::string& zipped) {
  std::string text(1 << 20, '\0');
  z_stream stream = {};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.data()));
  stream.avail_in = static_cast<uInt>(zipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST_F(LargeAnswerTest, IsCompressedForThoseWhoTakeIt) {
  EXPECT_EQ(Shrink().body, response_.body);
  Accept("accept-encoding", "deflate");
  Accept("Accept-Encoding", "gzip");
  const HttpResponse zipped = Shrink();
  EXPECT_EQ(FindHeader(zipped.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(FindHeader(zipped.headers, "Vary"), "Accept-Encoding");
  EXPECT_LT(zipped.body.size(), 100u);
  EXPECT_EQ(Gunzip(zipped.body), response_.body);
}

TEST_F(LargeAnswerTest, CachesLearnThatItDependsOnTheClient) {
  EXPECT_EQ(FindHeader(Shrink().headers, "Vary"), "Accept-Encoding");
}

TEST_F(LargeAnswerTest, WhatIsSmallOrPackedOrAStreamStaysAsItIs) {
  struct Nothing : HttpBodyStream {
    void Next(std::function<void(std::optional<std::string>)>) override {}
    void Cancel() override {}
  };
  Accept("Accept-Encoding", "gzip");
  response_.stream = std::make_shared<Nothing>();
  EXPECT_THAT(Shrink().headers, IsEmpty());
  response_.stream = nullptr;
  response_.content_type = "application/octet-stream";
  EXPECT_EQ(Shrink().body, response_.body);
  response_.content_type = "application/json";
  response_.body.pop_back();
  EXPECT_THAT(Shrink().headers, IsEmpty());
  EXPECT_EQ(Shrink().body, response_.body);
}

TEST_F(LargeAnswerTest, IsNotSentToThoseWhoHaveIt) {
  const std::string etag(FindHeader(Shrink().headers, "ETag"));
  EXPECT_THAT(etag, StartsWith("W/\""));
  Accept("If-None-Match", absl::StrCat("\"other\", ", etag));
  HttpResponse again = Shrink();
  EXPECT_EQ(again.status, 304);
  EXPECT_THAT(again.body, IsEmpty());
  EXPECT_EQ(FindHeader(again.headers, "ETag"), etag);
  EXPECT_EQ(FindHeader(again.headers, "Vary"), "Accept-Encoding");
  response_.body.back() = 'y';
  again = Shrink();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, response_.body);
}

TEST_F(LargeAnswerTest, ErrorsAndChangesAreAlwaysSent) {
  Accept("If-None-Match", "*");
  EXPECT_EQ(Shrink().status, 304);
  request_.method = "POST";
  EXPECT_EQ(Shrink().status, 200);
  request_.method = "GET";
  response_.status = 404;
  EXPECT_EQ(Shrink().status, 404);
}

TEST_F(LargeAnswerTest, AnAnswersOwnEtagStays) {
  response_.headers = {{"ETag", "\"own\""}};
  const HttpHeaders headers = Shrink().headers;
  EXPECT_EQ(std::count_if(headers.begin(), headers.end(),
                          [](const auto& one) { return one.first == "ETag"; }),
            1);
  EXPECT_EQ(FindHeader(headers, "ETag"), "\"own\"");
}

TEST(PrefersGzipTest, TheWeightsDecide) {
  for (const char* yes :
       {"gzip", "GZIP", "x-gzip", "br, gzip;q=0.5", "*", "gzip;q=0.001",
        "identity;q=0.5, gzip", "deflate;q=1, *;q=0.1", " gzip ; q=1.0 "}) {
    EXPECT_TRUE(PrefersGzip(yes)) << yes;
  }
  for (const char* no : {"", "br", "gzip;q=0", "gzip;q=0.0, *", "*;q=0",
                         "identity", "identity, gzip;q=0.5", "gzip;q=x",
                         "gzip;q=-1", "gzip;q=nan", "gzipped"}) {
    EXPECT_FALSE(PrefersGzip(no)) << no;
  }
}

TEST(NamesEtagTest, WeakAndStrongAreTheSame) {
  for (const char* yes : {"\"a\"", "W/\"a\"", "*", "\"b\", W/\"a\""}) {
    EXPECT_TRUE(NamesEtag(yes, "W/\"a\"")) << yes;
  }
  for (const char* no : {"", "a", "\"A\"", "\"a", "\"ab\""}) {
    EXPECT_FALSE(NamesEtag(no, "W/\"a\"")) << no;
  }
}

}  // namespace
}  // namespace smon
