#include "server/api/answer_cache.h"

#include <string>

#include "gtest/gtest.h"

namespace smon {
namespace {

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const std::optional<grpc::ByteBuffer>& buffer) {
  grpc::Slice slice;
  if (!buffer.has_value() || !buffer->DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()),
                     slice.size());
}

TEST(AnswerCacheTest, TheSameIsAnsweredWhileTheVersionIsTheSame) {
  AnswerCache cache;
  EXPECT_EQ(Text(cache.Find(7, "page 1")), "");
  cache.Put(7, "page 1", Buffer("jobs"));
  EXPECT_EQ(Text(cache.Find(7, "page 1")), "jobs");
  EXPECT_EQ(Text(cache.Find(7, "page 2")), "");
  EXPECT_EQ(Text(cache.Find(8, "page 1")), "");
}

TEST(AnswerCacheTest, AnAnswerOfBeforeTheLastChangeIsNotKept) {
  AnswerCache cache;
  cache.Put(8, "page 1", Buffer("new"));
  cache.Put(7, "page 1", Buffer("old"));
  cache.Put(7, "page 2", Buffer("old"));
  EXPECT_EQ(Text(cache.Find(8, "page 1")), "new");
  EXPECT_EQ(Text(cache.Find(8, "page 2")), "");
  EXPECT_EQ(Text(cache.Find(7, "page 2")), "");
}

TEST(AnswerCacheTest, WithoutAVersionNothingIsKept) {
  AnswerCache cache;
  cache.Put(std::nullopt, "page 1", Buffer("jobs"));
  EXPECT_EQ(Text(cache.Find(std::nullopt, "page 1")), "");
  EXPECT_EQ(Text(cache.Find(0, "page 1")), "");
}

TEST(AnswerCacheTest, HoldsNoMoreThanItMay) {
  AnswerCache cache(800);
  cache.Put(1, "large", Buffer(std::string(100, 'x')));
  EXPECT_EQ(Text(cache.Find(1, "large")), "");
  for (int i = 0; i < 9; ++i) {
    cache.Put(1, std::to_string(i), Buffer(std::string(98, 'x')));
  }
  EXPECT_EQ(Text(cache.Find(1, "0")), "");  // it was full
  EXPECT_EQ(Text(cache.Find(1, "8")).size(), 98u);
}

}  // namespace
}  // namespace smon
