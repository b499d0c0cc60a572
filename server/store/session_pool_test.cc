#include "server/store/session_pool.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace smon {
namespace {

class SessionPoolTest : public ::testing::Test {
 protected:
  static std::unique_ptr<SessionPool> PoolOf(int size) {
    std::vector<std::unique_ptr<soci::session>> sessions;
    for (int i = 0; i < size; ++i) {
      sessions.push_back(std::make_unique<soci::session>());
    }
    return std::make_unique<SessionPool>(std::move(sessions));
  }

  static void WaitForWaiting(const SessionPool& pool, int64_t threads) {
    while (pool.waiting() < threads) std::this_thread::yield();
  }
};

TEST_F(SessionPoolTest, WhoAsksAgainAtOnceIsServedAfterThoseWhoWait) {
  const std::unique_ptr<SessionPool> pool = PoolOf(1);
  std::string order;  // whoever has the session writes
  std::thread second;
  std::thread third;
  {
    const SessionPool::Lease lease = pool->Take();
    second = std::thread([&] {
      const SessionPool::Lease mine = pool->Take();
      order += "2";
    });
    WaitForWaiting(*pool, 1);
    third = std::thread([&] {
      const SessionPool::Lease mine = pool->Take();
      order += "3";
    });
    WaitForWaiting(*pool, 2);
    order += "1";
  }
  {
    const SessionPool::Lease again = pool->Take();
    order += "1";
  }
  second.join();
  third.join();
  EXPECT_EQ(order, "1231");
}

TEST_F(SessionPoolTest, AllSessionsAreInUseBeforeAnyoneWaits) {
  const std::unique_ptr<SessionPool> pool = PoolOf(2);
  const SessionPool::Lease one = pool->Take();
  const SessionPool::Lease two = pool->Take();
  EXPECT_NE(&one.session(), &two.session());
  EXPECT_EQ(pool->waiting(), 0);
}

}  // namespace
}  // namespace smon
