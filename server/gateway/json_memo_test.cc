#include "server/gateway/json_memo.h"

#include <string>

#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/large_answer.h"

namespace smon {
namespace {

const auto* const kJobs = v1::ListJobsResponse::descriptor();
const auto* const kJob = v1::Job::descriptor();

std::string Bytes(char c) { return std::string(JsonMemo::kLeastBytes, c); }

std::string Body(const std::shared_ptr<const JsonAnswer>& answer) {
  return answer == nullptr ? "" : answer->body;
}

TEST(JsonMemoTest, TheSameBytesOfTheSameTypeAreTheSameJson) {
  JsonMemo memo;
  EXPECT_EQ(memo.Find(kJobs, Bytes('a')), nullptr);
  memo.Put(kJobs, Bytes('a'), "{a}");
  const auto answer = memo.Find(kJobs, Bytes('a'));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->body, "{a}");
  EXPECT_EQ(answer->etag, EtagOf("{a}"));
  EXPECT_EQ(memo.Find(kJobs, Bytes('b')), nullptr);
  EXPECT_EQ(memo.Find(kJob, Bytes('a')), nullptr);
}

TEST(JsonMemoTest, SmallMessagesAreNotKept) {
  JsonMemo memo;
  memo.Put(kJob, "a", "{a}");
  EXPECT_EQ(memo.Find(kJob, "a"), nullptr);
}

TEST(JsonMemoTest, HoldsNoMoreThanItMay) {
  constexpr size_t kEach = 2 * JsonMemo::kLeastBytes;
  JsonMemo memo(8 * kEach);
  const std::string body(JsonMemo::kLeastBytes, '{');
  memo.Put(kJobs, Bytes('z'), body + "}");  // too large for one
  EXPECT_EQ(memo.Find(kJobs, Bytes('z')), nullptr);
  for (char c = 'a'; c < 'i'; ++c) memo.Put(kJobs, Bytes(c), body);
  EXPECT_EQ(Body(memo.Find(kJobs, Bytes('a'))), body);
  memo.Put(kJobs, Bytes('i'), body);
  EXPECT_EQ(memo.Find(kJobs, Bytes('a')), nullptr);  // it was full
  EXPECT_EQ(Body(memo.Find(kJobs, Bytes('i'))), body);
}

}  // namespace
}  // namespace smon
