// What no attrsvc should answer, and what becomes of it: a clear error, after a
// bounded time, with a bounded number of bytes read.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/attrsvc/client_test_support.h"
#include "testing/raw_server.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kTimeout = absl::Seconds(1);
constexpr size_t kMostBytes = size_t{16} << 20;  // of a body that is read
constexpr absl::string_view kGzip = "Content-Encoding: gzip\r\n";
constexpr absl::string_view kGzipInTransfer = "Transfer-Encoding: gzip\r\n\r\n";

// What the client has taken is no more than it read, and what lies in sockets.
constexpr int64_t kMostSent = kMostBytes + (int64_t{24} << 20);

// A connection that counts.
class Wire {
 public:
  Wire(RawServer::Connection* connection, std::atomic<int64_t>* sent)
      : connection_(connection), sent_(sent) {}
  bool Send(absl::string_view bytes) {
    if (!connection_->Send(bytes)) return false;
    *sent_ += static_cast<int64_t>(bytes.size());
    return true;
  }
  // Until the client closes.
  void SendForEver(const std::string& bytes, int pause_ms = 0) {
    while (Send(bytes)) {
      if (pause_ms > 0 && connection_->AwaitClose(pause_ms)) return;
    }
  }
  void Reset() { connection_->ResetOnClose(); }

 private:
  RawServer::Connection* const connection_;
  std::atomic<int64_t>* const sent_;
};
using Serve = std::function<void(Wire*)>;

// A gzip file of that many bytes of zeros, or a little more: each 13 bits of it
// stand for 258.
std::string GzipOfZeros(int64_t bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  uint32_t bits = 0;
  int count = 0;
  const auto put = [&](uint32_t value, int length) {
    for (int i = 0; i < length; ++i) {
      bits |= ((value >> i) & 1) << count;
      if (++count < 8) continue;
      out.push_back(static_cast<char>(bits));
      bits = 0;
      count = 0;
    }
  };
  put(0b011, 3);       // the last block, with the fixed codes
  put(0b00001100, 8);  // the byte 0
  for (int64_t left = bytes; left > 0; left -= 258) {
    put(0b10100011, 8);  // copy 258 bytes
    put(0, 5);           // from the byte before
  }
  put(0, 8);  // the end of the block
  return out;
}

Serve Whole(const std::string& status, const std::string& body,
            absl::string_view headers = "Content-Type: application/json\r\n") {
  return [=, headers = std::string(headers)](Wire* wire) {
    wire->Send(RawResponse(status, body, headers));
  };
}
Serve Raw(const std::string& bytes) {
  return [bytes](Wire* wire) { wire->Send(bytes); };
}

struct Poison {
  std::string name;
  Serve serve;
  int status;  // as the answer has it
  std::string error;
  // Of a question; a submission's is kUnavailable always.
  AnswerKind kind = AnswerKind::kUnavailable;
};

std::vector<Poison> Poisons() {
  constexpr char kOk[] = "HTTP/1.1 200 OK\r\n";
  constexpr char kNotJson[] = "answered 200 with a body that is not a JSON";
  constexpr char kTooLarge[] = "its answer is larger than 16777216 bytes";
  const std::string megabyte(size_t{1} << 20, ' ');
  const std::string nested(5'000'000, '[');
  return {
      {"a gigabyte",
       [=](Wire* wire) {
         wire->Send(absl::StrCat(kOk, "Content-Length: 1073741824\r\n\r\n"));
         for (int i = 0; i < 1024 && wire->Send(megabyte); ++i) {
         }
       },
       200, kTooLarge, AnswerKind::kRejected},
      {"a body without end",
       [=](Wire* wire) {
         wire->Send(absl::StrCat(kOk, "Transfer-Encoding: chunked\r\n\r\n"));
         wire->SendForEver(absl::StrCat("100000\r\n", megabyte, "\r\n"));
       },
       200, kTooLarge, AnswerKind::kRejected},
      {"a slow drip",
       [=](Wire* wire) {
         wire->Send(absl::StrCat(kOk, "Content-Length: 1000000\r\n\r\n"));
         wire->SendForEver(" ", /*pause_ms=*/10);
       },
       200, "its answer was not complete within 1s"},
      {"headers that drip",
       [=](Wire* wire) {
         wire->Send(kOk);
         wire->SendForEver("X: y\r\n", /*pause_ms=*/10);
       },
       200, "its answer was not complete within 1s"},
      {"headers without end",
       [=](Wire* wire) {
         wire->Send(kOk);
         wire->SendForEver("X: " + std::string(1000, 'x') + "\r\n");
       },
       200, "the headers of its answer are larger than 262144 bytes",
       AnswerKind::kRejected},
      {"a promise of more than there is",
       Raw(absl::StrCat(kOk, "Content-Length: 9223372036854775807\r\n\r\n{}")),
       200, "but: "},
      {"an HTML page", Whole("200 OK", "<html>Please log in</html>"), 200,
       kNotJson},
      {"half a JSON text", Whole("200 OK", R"({"status":"comp)"), 200,
       kNotJson},
      {"other JSON than an object", Whole("200 OK", R"(["completed"])"), 200,
       kNotJson},
      {"deeply nested JSON", Whole("200 OK", "{\"a\":" + nested), 200,
       kNotJson},
      {"invalid UTF-8", Whole("200 OK", "{\"status\":\"\xFF\xFE\"}"), 200,
       kNotJson},
      {"a NUL", Whole("200 OK", std::string("{\0}", 3)), 200, kNotJson},
      {"gzip that nobody asked for", Whole("200 OK", GzipOfZeros(100), kGzip),
       200, "answered 200 with a body that is encoded (gzip) unasked"},
      {"a gzip bomb", Whole("200 OK", GzipOfZeros(int64_t{1} << 30), kGzip),
       200, "answered 200 with a body that is encoded (gzip) unasked"},
      {"a gzip bomb as transfer encoding",
       Raw(absl::StrCat(kOk, kGzipInTransfer, GzipOfZeros(int64_t{1} << 30))),
       200, kTooLarge, AnswerKind::kRejected},
      {"a redirect to itself", Whole("302 Found", "", "Location: /logs\r\n"),
       302, "redirects are not followed: this one leads to /logs"},
      {"no content", Raw("HTTP/1.1 204 No Content\r\n\r\n"), 204,
       "answered 204"},
      {"not modified", Raw("HTTP/1.1 304 Not Modified\r\n\r\n"), 304,
       "answered 304"},
      {"a proxy's error page", Whole("502 Bad Gateway", "<html></html>"), 502,
       "answered 502"},
      {"a reset in mid-body",
       [=](Wire* wire) {
         wire->Send(absl::StrCat(kOk, "Content-Length: 100\r\n\r\n{\"a\":"));
         wire->Reset();
       },
       200, "answered 200, but: "},
      {"an end in mid-body",
       Raw(absl::StrCat(kOk, "Content-Length: 100\r\n\r\n{\"a\":")), 200,
       "answered 200, but: "},
      {"garbage for chunks",
       Raw(absl::StrCat(kOk, "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n")),
       200, "answered 200, but: "},
      {"interim answers without end",
       [](Wire* wire) {
         wire->SendForEver("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
       },
       103, "the headers of its answer are larger than", AnswerKind::kRejected},
      {"no HTTP", Raw("SSH-2.0-OpenSSH_9.2\r\n"), 0, "does not answer: "},
  };
}

class PoisonAnswersTest : public ::testing::TestWithParam<Poison> {
 protected:
  PoisonAnswersTest()
      : server_([this](RawServer::Connection* connection) {
          if (connection->ReadRequest().empty()) return;
          ++requests_;
          Wire wire(connection, &sent_);
          GetParam().serve(&wire);
        }) {}

  // An answer that took no longer and read no more than it may.
  Answer Bounded(const std::function<Answer(AttrsvcClient*)>& ask) {
    const auto client = MakeClient(server_.url(), kTimeout);
    sent_ = 0;
    const absl::Time begin = absl::Now();
    const Answer answer = ask(client.get());
    EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
    EXPECT_LE(sent_, kMostSent);
    EXPECT_EQ(requests_, 1) << "nothing is asked twice";
    EXPECT_LT(answer.error.size(), 2000u);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.http_status, GetParam().status);
    EXPECT_THAT(answer.error, AllOf(StartsWith("attrsvc at http://127.0.0.1:"),
                                    HasSubstr(GetParam().error)));
    return answer;
  }

  std::atomic<int64_t> sent_ = 0;
  std::atomic<int> requests_ = 0;
  RawServer server_;
};
INSTANTIATE_TEST_SUITE_P(Each, PoisonAnswersTest,
                         ::testing::ValuesIn(Poisons()), [](const auto& param) {
                           std::string name = param.param.name;
                           for (char& c : name) {
                             if (!absl::ascii_isalnum(c)) c = '_';
                           }
                           return name;
                         });

TEST_P(PoisonAnswersTest, IsNoAcceptance) {
  const Answer answer =
      Bounded([](AttrsvcClient* client) { return Submit(client, "/x"); });
  EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
}

TEST_P(PoisonAnswersTest, IsNoVerdict) {
  const Answer answer =
      Bounded([](AttrsvcClient* client) { return GetResult(client, "/x"); });
  EXPECT_EQ(answer.kind, GetParam().kind);
  EXPECT_FALSE(answer.verdict.has_value());
}

// Not poison: proxies get that wrong, and the body is what counts.
TEST(WrongContentTypeTest, SpoilsNoAnswer) {
  RawServer server([](RawServer::Connection* c) {
    c->ReadRequest();
    c->Send(RawResponse("200 OK", R"({"recommendation":{"action":"STOP"}})",
                        "Content-Type: text/html\r\n"));
  });
  EXPECT_EQ(GetResult(MakeClient(server.url()).get(), "/x").kind,
            AnswerKind::kVerdict);
}

}  // namespace
}  // namespace smon
