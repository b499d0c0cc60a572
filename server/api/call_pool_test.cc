#include "server/api/call_pool.h"

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::ElementsAre;

// What the threads of a pool have done.
class Log {
 public:
  void Add(int entry) {
    MutexLock lock(&mu_);
    entries_.push_back(entry);
    changed_.NotifyAll();
  }
  void AwaitSize(size_t size) {
    MutexLock lock(&mu_);
    while (entries_.size() < size) changed_.Wait(&mu_);
  }
  std::vector<int> entries() {
    MutexLock lock(&mu_);
    return entries_;
  }

 private:
  Mutex mu_;
  CondVar changed_;
  std::vector<int> entries_ ABSL_GUARDED_BY(mu_);
};

TEST(CallPoolTest, WhatWasAddedFirstIsDoneFirstAlsoWhenItEnds) {
  Log begun, released, done;
  {
    CallPool pool({/*threads=*/1, /*most_waiting=*/3});
    ASSERT_TRUE(pool.Add([&] {
      begun.Add(0);
      released.AwaitSize(1);
    }));
    begun.AwaitSize(1);
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(pool.Add([&done, i] { done.Add(i); }));
    }
    EXPECT_FALSE(pool.Add([&done] { done.Add(4); }));
    released.Add(0);
  }
  EXPECT_THAT(done.entries(), ElementsAre(1, 2, 3));
}

TEST(CallPoolTest, AsManyAreDoneAtATimeAsThereAreThreads) {
  constexpr int kThreads = 4;
  Log begun;
  CallPool pool({kThreads, /*most_waiting=*/kThreads});
  for (int i = 0; i < kThreads; ++i) {
    // None ends before all have begun.
    ASSERT_TRUE(pool.Add([&begun, i] {
      begun.Add(i);
      begun.AwaitSize(kThreads);
    }));
  }
  begun.AwaitSize(kThreads);
}

}  // namespace
}  // namespace smon
