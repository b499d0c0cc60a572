#include "server/api/answer_cache.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

using ::testing::Each;

std::string Text(const std::optional<grpc::ByteBuffer>& buffer) {
  grpc::Slice slice;
  if (!buffer.has_value() || !buffer->DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()),
                     slice.size());
}

// Puts an answer by reading it.
void Put(AnswerCache* cache, std::optional<uint64_t> version,
         const std::string& request, const std::string& answer) {
  grpc::ByteBuffer got;
  EXPECT_TRUE(cache
                  ->FindOrRead(
                      version, request, [] { return false; },
                      [&](grpc::ByteBuffer* to) {
                        *to = Buffer(answer);
                        return grpc::Status::OK;
                      },
                      &got)
                  .ok());
}

TEST(AnswerCacheTest, TheSameIsAnsweredWhileTheVersionIsTheSame) {
  AnswerCache cache;
  EXPECT_EQ(Text(cache.Find(7, "page 1")), "");
  Put(&cache, 7, "page 1", "jobs");
  EXPECT_EQ(Text(cache.Find(7, "page 1")), "jobs");
  EXPECT_EQ(Text(cache.Find(7, "page 2")), "");
  EXPECT_EQ(Text(cache.Find(8, "page 1")), "");
}

TEST(AnswerCacheTest, AnAnswerOfBeforeTheLastChangeIsNotKept) {
  AnswerCache cache;
  Put(&cache, 8, "page 1", "new");
  Put(&cache, 7, "page 1", "old");
  Put(&cache, 7, "page 2", "old");
  EXPECT_EQ(Text(cache.Find(8, "page 1")), "new");
  EXPECT_EQ(Text(cache.Find(8, "page 2")), "");
  EXPECT_EQ(Text(cache.Find(7, "page 2")), "");
}

TEST(AnswerCacheTest, WithoutAVersionNothingIsKept) {
  AnswerCache cache;
  Put(&cache, std::nullopt, "page 1", "jobs");
  EXPECT_EQ(Text(cache.Find(std::nullopt, "page 1")), "");
  EXPECT_EQ(Text(cache.Find(0, "page 1")), "");
}

TEST(AnswerCacheTest, WhatManyWantIsReadOnce) {
  constexpr int kThreads = 4;
  AnswerCache cache;
  std::atomic<int> reads{0};
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  std::vector<std::string> got(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ++begun;
      grpc::ByteBuffer answer;
      const grpc::Status status = cache.FindOrRead(
          1, "page 1", [] { return false; },
          [&](grpc::ByteBuffer* to) {
            ++reads;
            while (begun < kThreads) std::this_thread::yield();
            *to = Buffer("jobs");
            return grpc::Status::OK;
          },
          &answer);
      if (status.ok()) got[i] = Text(answer);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reads, 1);
  EXPECT_THAT(got, Each("jobs"));
}

TEST(AnswerCacheTest, AnErrorIsTheAnswerOfTheOneWhoReadOnly) {
  AnswerCache cache;
  grpc::ByteBuffer answer;
  const auto fail = [](grpc::ByteBuffer*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
  };
  EXPECT_EQ(cache
                .FindOrRead(
                    1, "page 1", [] { return false; }, fail, &answer)
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Text(cache.Find(1, "page 1")), "");
  Put(&cache, 1, "page 1", "jobs");
  EXPECT_EQ(Text(cache.Find(1, "page 1")), "jobs");
}

TEST(AnswerCacheTest, NobodyWaitsForAnotherForWhomNobodyWaits) {
  AnswerCache cache;
  std::promise<void> reading;
  std::promise<void> waited;
  std::thread first([&] {
    grpc::ByteBuffer answer;
    cache.FindOrRead(
        1, "page 1", [] { return false; },
        [&](grpc::ByteBuffer* to) {
          reading.set_value();
          waited.get_future().wait();
          *to = Buffer("jobs");
          return grpc::Status::OK;
        },
        &answer);
  });
  reading.get_future().wait();
  grpc::ByteBuffer answer;
  const grpc::Status status = cache.FindOrRead(
      1, "page 1", [] { return true; },
      [](grpc::ByteBuffer*) { return grpc::Status::OK; }, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  waited.set_value();
  first.join();
}

TEST(AnswerCacheTest, HoldsNoMoreThanItMay) {
  AnswerCache cache(800);
  Put(&cache, 1, "large", std::string(100, 'x'));
  EXPECT_EQ(Text(cache.Find(1, "large")), "");
  for (int i = 0; i < 9; ++i) {
    Put(&cache, 1, std::to_string(i), std::string(98, 'x'));
  }
  EXPECT_EQ(Text(cache.Find(1, "0")), "");  // it was full
  EXPECT_EQ(Text(cache.Find(1, "8")).size(), 98u);
}

}  // namespace
}  // namespace smon
