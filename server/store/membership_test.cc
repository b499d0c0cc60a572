#include "server/store/membership.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "server/store/membership_fixture.h"
#include "testing/wait_until.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(MembershipTest, OneOfThemPollsACluster) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  EXPECT_TRUE(a->replicas()->PollToken(kCluster).has_value());
  EXPECT_FALSE(b->replicas()->PollToken(kCluster).has_value());
  EXPECT_FALSE(a->replicas()->PollToken("another").has_value());
  EXPECT_TRUE(b->replicas()->MaySend());
  EXPECT_EQ(b->replicas()->live(), 2);

  const auto all = b->replicas()->List();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].name, "a");
  EXPECT_EQ((*all)[0].id, a->replicas()->id());
  EXPECT_EQ((*all)[0].version, "1.0");
  EXPECT_THAT((*all)[0].polled_clusters, ElementsAre(kCluster));
  EXPECT_EQ((*all)[1].name, "b");
  EXPECT_THAT((*all)[1].polled_clusters, IsEmpty());
}

TEST_F(MembershipTest, AnotherTakesOverFromOneThatLeavesWithAGreaterToken) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  const int64_t before = *a->replicas()->PollToken(kCluster);
  a->replicas()->Stop();
  ASSERT_TRUE(WaitUntil(
      [&] { return b->replicas()->PollToken(kCluster).has_value(); }));
  EXPECT_GT(*b->replicas()->PollToken(kCluster), before);
  EXPECT_TRUE(WaitUntil([&] { return b->replicas()->live() == 1; }));
}

TEST_F(MembershipTest, ClustersAreSharedOut) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a", {"x"}).ok());
  ASSERT_TRUE(Join(b.get(), "b", {"x", "y", "z"}).ok());
  EXPECT_TRUE(a->replicas()->PollToken("x").has_value());
  EXPECT_FALSE(b->replicas()->PollToken("x").has_value());
  EXPECT_TRUE(WaitUntil([&] {
    return b->replicas()->PollToken("y").has_value() &&
           b->replicas()->PollToken("z").has_value();
  }));
}

TEST_F(MembershipTest, WhoHasItsShareLeavesAFreeClusterToTheOthersForAWhile) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a", {"x", "y"}).ok());
  // Another one, which takes none.
  Run("INSERT INTO replicas (replica_id, name, address, version, started_at, "
      "seen_at) SELECT 'b', 'b', '', '', 0, 2 * seen_at FROM replicas");
  ASSERT_TRUE(WaitUntil([&] { return a->replicas()->live() == 2; }));
  const auto before = a->replicas()->PollToken("x");
  const absl::Time start = absl::Now();
  Run("DELETE FROM leases WHERE cluster = 'x'");
  EXPECT_TRUE(WaitUntil([&] {
    const auto now = a->replicas()->PollToken("x");
    return now.has_value() && now != before;
  }));
  EXPECT_GE(absl::Now() - start, absl::Seconds(2));
}

TEST_F(MembershipTest, WhatTheOthersDoNotTakeIsTakenByWhoHasItsShare) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a", {"x"}).ok());
  ASSERT_TRUE(Join(b.get(), "b", {"w", "x", "y", "z"}).ok());
  for (const char* const cluster : {"w", "y", "z"}) {
    EXPECT_TRUE(WaitUntil([&] {
      return b->replicas()->PollToken(cluster).has_value();
    })) << cluster;
  }
}

TEST_F(MembershipTest, WhatADeadPollerWritesIsRefused) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  const int64_t token = *a->replicas()->PollToken(kCluster);
  PollChanges changes;
  changes.cluster = kCluster;
  changes.poll_token = token;
  changes.changes.push_back({RunningJob("1"), false, {}});
  ASSERT_TRUE(a->CommitPoll(&changes).ok());

  // Between two of its renewals.
  Remove(a.get());
  PollChanges late;
  late.cluster = kCluster;
  late.poll_token = token;
  late.changes.push_back({RunningJob("2"), false, {}});
  EXPECT_TRUE(absl::IsAborted(a->CommitPoll(&late)));
  EXPECT_TRUE(absl::IsNotFound(a->GetJob("", "2", std::nullopt).status()));

  // It joins again, and polls with another token.
  ASSERT_TRUE(WaitUntil([&] {
    const auto now = a->replicas()->PollToken(kCluster);
    return now.has_value() && *now > token;
  }));
  EXPECT_EQ(a->replicas()->totals().times_lost, 1);
  EXPECT_TRUE(absl::IsAborted(a->CommitPoll(&late)));
  late.poll_token = *a->replicas()->PollToken(kCluster);
  EXPECT_TRUE(a->CommitPoll(&late).ok());
}

TEST_F(MembershipTest, ALeaseThatIsSomebodyElsesIsNotWrittenUnder) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  PollChanges changes;
  changes.cluster = "another";
  changes.poll_token = *a->replicas()->PollToken(kCluster);
  EXPECT_TRUE(absl::IsAborted(b->CommitPoll(&changes)));
}

TEST_F(MembershipTest, OneThatIsSilentIsTakenForDeadByTheOthers) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  AddJobs(a.get(), 3);
  // A process that ended without a word.
  Run("INSERT INTO replicas (replica_id, name, address, version, started_at, "
      "seen_at) VALUES ('gone', 'gone', '', '', 0, 0)");
  Run("INSERT INTO leases (cluster, replica) SELECT 'theirs', id FROM replicas "
      "WHERE replica_id = 'gone'");
  Run("INSERT INTO claims (job, replica) SELECT 1, id FROM replicas "
      "WHERE replica_id = 'gone'");
  EXPECT_THAT(IdsOf(Due(a.get())), ElementsAre("2", "3"));
  // Not before this one has been there for as long as a replica lives.
  EXPECT_TRUE(WaitUntil([&] { return Due(a.get()).size() == 3; }));
}

TEST_F(MembershipTest, WhatWasTakenForDeadIsNotWrittenAtAll) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  Remove(a.get());
  // Whoever removes a replica also takes its clusters; this write names none.
  PollChanges changes;
  changes.cluster = kCluster;
  EXPECT_TRUE(absl::IsAborted(a->CommitPoll(&changes)));
  EXPECT_TRUE(
      absl::IsAborted(a->DueJobs(Phase::kPending, At(1000), 1).status()));
}

TEST_F(MembershipTest, AJobIsClaimedByOneReplica) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  AddJobs(a.get(), 5);
  EXPECT_THAT(IdsOf(Due(a.get(), 2)), ElementsAre("1", "2"));
  EXPECT_THAT(IdsOf(Due(b.get(), 2)), ElementsAre("3", "4"));
  // Its own, and no more than it asked for.
  EXPECT_THAT(IdsOf(Due(a.get(), 2)), ElementsAre("1", "2"));
  EXPECT_THAT(IdsOf(Due(a.get(), 3)), ElementsAre("1", "2", "5"));
  EXPECT_THAT(IdsOf(Due(b.get(), 9)), ElementsAre("3", "4"));

  const int64_t first = Due(a.get())[0].id;
  ASSERT_TRUE(a->ReleaseClaims({first}).ok());
  EXPECT_THAT(IdsOf(Due(b.get(), 9)), ElementsAre("2", "3", "4", "5"));
  b->replicas()->Stop();
  EXPECT_THAT(IdsOf(Due(a.get(), 9)), ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(MembershipTest, UrgentJobsAreClaimedFirst) {
  const auto a = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  AddJobs(a.get(), 3);
  Job urgent = EndedJob("urgent", 9);
  urgent.delivery.urgent = true;
  PollChanges changes;
  changes.cluster = kCluster;
  changes.changes.push_back({urgent, true, {}});
  ASSERT_TRUE(a->CommitPoll(&changes).ok());
  EXPECT_THAT(IdsOf(Due(a.get(), 2)), ElementsAre("urgent", "1"));
}

TEST_F(MembershipTest, ClaimsOfManyThreadsNeverOverlap) {
  constexpr int kJobs = 400;
  constexpr int kReplicas = 3;
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < kReplicas; ++i) {
    stores.push_back(Open());
    ASSERT_TRUE(Join(stores.back().get(), std::to_string(i)).ok());
  }
  AddJobs(stores[0].get(), kJobs);
  std::vector<std::vector<std::string>> got(kReplicas);
  std::vector<std::thread> threads;
  for (int i = 0; i < kReplicas; ++i) {
    threads.emplace_back([&, i] {
      for (;;) {
        std::vector<DeliveryChange> answers;
        for (const Job& job : Due(stores[i].get(), 7)) {
          got[i].push_back(job.record.job_id);
          answers.push_back(Answered(stores[i].get(), job));
        }
        if (answers.empty()) return;
        const auto written = stores[i]->CommitDeliveries(answers);
        ASSERT_TRUE(written.ok()) << written.status();
        for (const bool one : *written) EXPECT_TRUE(one);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  size_t total = 0;
  for (const auto& ids : got) {
    total += ids.size();
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), static_cast<size_t>(kJobs));
  EXPECT_EQ(total, static_cast<size_t>(kJobs));
  EXPECT_EQ(stores[0]->CountJobs()->with_verdict, kJobs);
}

TEST_F(MembershipTest, ALateAnswerDoesNotReplaceAVerdict) {
  const auto a = Open();
  const auto b = Open();
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  AddJobs(a.get(), 1);
  const std::vector<Job> due = Due(a.get());
  ASSERT_THAT(due, SizeIs(1));
  DeliveryChange late = Answered(a.get(), due[0]);
  late.verdict->reason = "late";

  Remove(a.get());
  ASSERT_TRUE(WaitUntil([&] { return Due(b.get()).size() == 1; }));
  DeliveryChange good = Answered(b.get(), due[0]);
  good.verdict->reason = "good";
  ASSERT_THAT(*b->CommitDeliveries({good}), ElementsAre(true));

  ASSERT_TRUE(WaitUntil([&] { return a->replicas()->number() != late.claim; }));
  const auto written = a->CommitDeliveries({late});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(*written, ElementsAre(false));
  EXPECT_EQ(a->GetJob("", "1", std::nullopt)->verdict->reason, "good");
}

TEST_F(MembershipTest, NoticesComeToTheOneThatPolls) {
  const auto a = Open();
  const auto b = Open();
  Mutex mu;
  std::vector<std::string> notices;
  Replicas::Listener listener;
  listener.on_notice = [&](const std::string& cluster, const std::string& job) {
    MutexLock lock(&mu);
    notices.push_back(absl::StrCat(cluster, "/", job));
  };
  a->replicas()->SetListener(listener);
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  ASSERT_TRUE(b->replicas()->Notify(kCluster, "12_3").ok());
  ASSERT_TRUE(a->replicas()->Notify(kCluster, "4").ok());
  EXPECT_TRUE(WaitUntil([&] {
    MutexLock lock(&mu);
    return notices.size() == 2;
  }));
  MutexLock lock(&mu);
  EXPECT_THAT(notices, UnorderedElementsAre("alps/12_3", "alps/4"));
}

TEST_F(MembershipTest, OthersChangesAreSeenSoon) {
  const auto a = Open();
  const auto b = Open();
  std::atomic<int> changes{0};
  b->SetChangeListener([&] { ++changes; });
  std::atomic<int> told{0};
  Replicas::Listener listener;
  listener.on_jobs = [&] { ++told; };
  b->replicas()->SetListener(listener);
  ASSERT_TRUE(Join(a.get(), "a").ok());
  ASSERT_TRUE(Join(b.get(), "b").ok());
  ASSERT_TRUE(WaitUntil([&] { return told > 0; }));  // the first look
  const int before = changes;
  const int told_before = told;
  AddJobs(a.get(), 1);
  EXPECT_TRUE(WaitUntil([&] { return told > told_before; }));
  EXPECT_GT(changes, before);
  b->replicas()->Stop();
}

}  // namespace
}  // namespace smon
