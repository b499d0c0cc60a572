// What replicas do when one of them cannot poll, or is away.

#include <atomic>
#include <memory>

#include "gtest/gtest.h"
#include "server/store/membership.h"
#include "server/store/membership_fixture.h"
#include "testing/wait_until.h"

namespace smon {
namespace {

TEST_F(MembershipTest, AClusterThatIsLeftIsAnothersWithAGreaterToken) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  const int64_t before = *a->replicas()->PollToken(kCluster);
  a->replicas()->LeaveToOthers(kCluster, absl::Minutes(1));
  EXPECT_FALSE(a->replicas()->PollToken(kCluster).has_value()) << "at once";
  EXPECT_TRUE(a->replicas()->MaySend());
  ASSERT_TRUE(WaitUntil(
      [&] { return b->replicas()->PollToken(kCluster).has_value(); }));
  EXPECT_GT(*b->replicas()->PollToken(kCluster), before);
  EXPECT_EQ(a->replicas()->totals().leases_left, 1);
  EXPECT_EQ(a->replicas()->totals().leases_taken, 1);
  EXPECT_EQ(a->replicas()->totals().times_lost, 0);
  EXPECT_TRUE(a->replicas()->MaySend());

  PollChanges late;
  late.cluster = kCluster;
  late.poll_token = before;
  EXPECT_TRUE(absl::IsAborted(a->CommitPoll(&late)));
  // When both have left it, it is the other one's turn.
  b->replicas()->LeaveToOthers(kCluster, absl::Minutes(1));
  EXPECT_TRUE(WaitUntil(
      [&] { return a->replicas()->PollToken(kCluster).has_value(); }));
}

TEST_F(MembershipTest, AClusterThatIsLeftAndThatNobodyTakesIsTakenBack) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b", {"another"}).ok());
  const int64_t before = *a->replicas()->PollToken(kCluster);
  const absl::Time start = absl::Now();
  a->replicas()->LeaveToOthers(kCluster, absl::Hours(1));
  ASSERT_TRUE(WaitUntil(
      [&] { return a->replicas()->PollToken(kCluster).has_value(); }));
  EXPECT_GT(*a->replicas()->PollToken(kCluster), before);
  EXPECT_GE(absl::Now() - start, absl::Seconds(7)) << "others had the time";
}

TEST_F(MembershipTest, AfterItsRestAReplicaTakesAFreeClusterAtOnce) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  a->replicas()->LeaveToOthers(kCluster, absl::ZeroDuration());
  ASSERT_TRUE(
      WaitUntil([&] { return a->replicas()->totals().leases_left == 1; }));
  EXPECT_EQ(a->replicas()->totals().leases_taken, 2);
}

TEST_F(MembershipTest, OfSeveralClustersOnlyTheOneIsLeft) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a", {"x", "y"}).ok());
  const auto y = a->replicas()->PollToken("y");
  ASSERT_TRUE(Join(b.get(), "b", {"x", "y"}).ok());
  a->replicas()->LeaveToOthers("x", absl::Minutes(1));
  EXPECT_TRUE(
      WaitUntil([&] { return b->replicas()->PollToken("x").has_value(); }));
  EXPECT_EQ(a->replicas()->PollToken("y"), y);
}

TEST_F(MembershipTest, WhoHasJustComeTakesNobodyForDead) {
  // All may have been kept from the store until now.
  const auto a = Open();
  Run("INSERT INTO replicas (replica_id, name, address, version, started_at, "
      "seen_at) VALUES ('gone', 'gone', '', '', 0, 0)");
  ASSERT_TRUE(Join(a.get(), "a").ok());
  EXPECT_EQ(a->replicas()->live(), 2);
  EXPECT_TRUE(WaitUntil([&] { return a->replicas()->live() == 1; }));
}

TEST_F(MembershipTest, WhoCannotRenewStopsBeforeTheOthersMayTakeOver) {
  const auto a = Open();
  std::atomic<int> failed{0};
  std::atomic<int> changes{0};
  Replicas::Listener listener;
  listener.on_renewal = [&](const absl::Status& status) {
    failed += !status.ok();
  };
  listener.on_roles = [&] { ++changes; };
  a->replicas()->SetListener(listener);
  ASSERT_TRUE(Join(a.get(), "a").ok());
  const int64_t number = a->replicas()->number();
  EXPECT_EQ(changes, 1);
  Run("ALTER TABLE replicas RENAME TO away");
  ASSERT_TRUE(WaitUntil([&] { return !a->replicas()->MaySend(); }));
  EXPECT_EQ(
      Read("SELECT COUNT(*) FROM away WHERE seen_at > (EXTRACT(EPOCH FROM "
           "clock_timestamp()) - 5) * 1000000"),
      1)
      << "the others may not take it for dead yet";
  EXPECT_FALSE(a->replicas()->PollToken(kCluster).has_value());
  EXPECT_FALSE(a->replicas()->status().ok());
  EXPECT_GE(failed, 2);
  EXPECT_GE(a->replicas()->totals().failed_renewals, 2);
  EXPECT_TRUE(WaitUntil([&] { return changes == 2; }));

  Run("ALTER TABLE away RENAME TO replicas");
  EXPECT_TRUE(WaitUntil([&] { return a->replicas()->MaySend(); }));
  EXPECT_EQ(a->replicas()->number(), number) << "nobody has removed it";
  EXPECT_TRUE(a->replicas()->PollToken(kCluster).has_value());
  EXPECT_TRUE(a->replicas()->status().ok());
  EXPECT_TRUE(WaitUntil([&] { return changes == 3; }));
}

TEST_F(MembershipTest, WhoWasAwayLeavesTheOthersTheTimeToComeBack) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  // Another one, whom the outage keeps for longer.
  Run("INSERT INTO replicas (replica_id, name, address, version, started_at, "
      "seen_at) SELECT 'b', 'b', '', '', 0, seen_at + 7000000 FROM replicas");
  // Until this one could judge.
  ASSERT_TRUE(WaitUntil([&] {
    return Read(
               "SELECT COUNT(*) FROM replicas WHERE name = 'a' AND seen_at > "
               "started_at + 5500000") == 1;
  }));
  Run("ALTER TABLE replicas RENAME TO away");
  ASSERT_TRUE(WaitUntil([&] {
    return Read(
               "SELECT COUNT(*) FROM away WHERE seen_at > (EXTRACT(EPOCH FROM "
               "clock_timestamp()) - 5.5) * 1000000") == 0;
  }));
  ASSERT_FALSE(a->replicas()->MaySend());
  Run("ALTER TABLE away RENAME TO replicas");
  ASSERT_TRUE(WaitUntil([&] { return a->replicas()->MaySend(); }));
  EXPECT_EQ(a->replicas()->live(), 2);
  EXPECT_TRUE(WaitUntil([&] { return a->replicas()->live() == 1; }));
}

TEST_F(MembershipTest, WhoseClockIsFarOffTakesNoPart) {
  FakeClock clock(absl::Now());
  auto a = OpenStore(url_, &clock);
  ASSERT_TRUE(a.ok()) << a.status();
  ASSERT_TRUE(Join(a->get(), "a").ok());
  Replicas* const replicas = (*a)->replicas();
  EXPECT_TRUE(replicas->MaySend());
  clock.Set(absl::Now() + absl::Minutes(1));
  ASSERT_TRUE(WaitUntil([&] { return !replicas->MaySend(); }));
  EXPECT_FALSE(replicas->PollToken(kCluster).has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(replicas->status()));
  clock.Set(absl::Now());
  EXPECT_TRUE(WaitUntil([&] { return replicas->MaySend(); }));
  EXPECT_TRUE(replicas->status().ok());
  replicas->Stop();
}

}  // namespace
}  // namespace smon
