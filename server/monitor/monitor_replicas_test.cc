// How Monitor takes part as one of several replicas.

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/monitor.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/replica_store.h"
#include "testing/wait_until.h"

namespace smon {
namespace {

using ::testing::ElementsAre;

class MonitorReplicasTest : public ::testing::Test {
 protected:
  MonitorReplicasTest() {
    Monitor::Options options;
    options.poller.interval = absl::Hours(1);
    monitor_ = std::make_unique<Monitor>(
        std::vector<ClusterSource>{{&slurm_, "c"}, {&other_slurm_, "d"}},
        &attrsvc_, &store_, &clock_, options);
  }

  FakeReplicas& replicas() { return store_.fake_replicas; }
  // Per cluster.
  std::vector<int64_t> NoticesReceived() const {
    std::vector<int64_t> received;
    for (const ClusterWatch::Snapshot& cluster : monitor_->GetClusters()) {
      received.push_back(cluster.polls.notices.received);
    }
    return received;
  }

  FakeClock clock_;
  ReplicaStore store_{&clock_};
  FakeSlurmClient slurm_;
  FakeSlurmClient other_slurm_;
  FakeAttrsvcClient attrsvc_;
  std::unique_ptr<Monitor> monitor_;
};

TEST_F(MonitorReplicasTest, ANoticeIsHandedToTheReplicas) {
  EXPECT_TRUE(monitor_->Notify("d", "12_3").ok());
  EXPECT_TRUE(monitor_->Notify("", "4").ok());
  EXPECT_THAT(replicas().notices(), ElementsAre("d/12_3", "c/4"));
  EXPECT_THAT(NoticesReceived(), ElementsAre(0, 0));
}

TEST_F(MonitorReplicasTest, ANoticeOfAnotherReplicaIsLookedAt) {
  replicas().listener().on_notice("d", "12_3");
  EXPECT_THAT(NoticesReceived(), ElementsAre(0, 1));
}

TEST_F(MonitorReplicasTest, ANoticeThatAnotherVersionWroteDoesNoHarm) {
  replicas().listener().on_notice("elsewhere", "1");
  replicas().listener().on_notice("c", "no job");
  EXPECT_THAT(NoticesReceived(), ElementsAre(0, 0));
}

TEST_F(MonitorReplicasTest, OfAClusterThatAnotherPollsNothingIsSaid) {
  replicas().SetPollToken("c", 1);
  const std::vector<ClusterWatch::Snapshot> clusters = monitor_->GetClusters();
  EXPECT_TRUE(clusters[0].is_mine);
  EXPECT_FALSE(clusters[1].is_mine);
  EXPECT_EQ(clusters[1].polls.last_success, absl::InfinitePast());
}

TEST_F(MonitorReplicasTest, AClusterThatIsTakenAnewIsPolledAtOnce) {
  replicas().SetPollToken("c", 1);
  ASSERT_TRUE(monitor_->Start().ok());
  const auto polls_and_waits = [this](int64_t polls) {
    const Poller::Totals totals = monitor_->GetClusters()[0].polls;
    return totals.polls == polls && totals.next_poll != absl::InfiniteFuture();
  };
  EXPECT_TRUE(WaitUntil([&] { return polls_and_waits(1); }));
  replicas().SetPollToken("c", 2);
  replicas().listener().on_roles();
  EXPECT_TRUE(WaitUntil([&] { return polls_and_waits(2); }));
  monitor_->Stop(absl::ZeroDuration());
}

TEST_F(MonitorReplicasTest, NorOfOneThatThisReplicaPolledBefore) {
  replicas().SetPollToken("c", 1);
  ASSERT_TRUE(monitor_->Start().ok());
  const auto polls = [this] { return monitor_->GetClusters()[0].polls; };
  while (polls().polls == 0) std::this_thread::yield();
  EXPECT_NE(polls().watermark, absl::InfinitePast());
  replicas().SetPollToken("c", std::nullopt);
  // They would grow old, though the cluster is polled.
  EXPECT_EQ(polls().watermark, absl::InfinitePast());
  EXPECT_EQ(polls().last_success, absl::InfinitePast());
  EXPECT_EQ(polls().coverage.checked, absl::InfinitePast());
  EXPECT_EQ(polls().polls, 1) << "what it has done stays done";
  monitor_->Stop(absl::ZeroDuration());
}

TEST_F(MonitorReplicasTest, SumsOfTimesAreOfWhatThisReplicaPolls) {
  std::vector<ClusterWatch::Snapshot> clusters(2);
  clusters[0].polls.last_success = clock_.Now();
  clusters[1].is_mine = false;
  clusters[1].polls.coverage.back_filled = 3;
  EXPECT_EQ(SumOfPolls(clusters).last_success, clock_.Now());
  EXPECT_EQ(SumOfPolls(clusters).coverage.back_filled, 3);
}

TEST_F(MonitorReplicasTest, ARenewalThatFailsMakesTheStoreUnhealthy) {
  const auto store_is_healthy = [this] {
    const v1::Health health = monitor_->GetHealth();
    for (const v1::Health::Component& component : health.components()) {
      if (component.name() == "store") {
        return component.status() == v1::Health::OK;
      }
    }
    return false;
  };
  EXPECT_TRUE(store_is_healthy());
  replicas().listener().on_renewal(absl::UnavailableError("away"));
  EXPECT_FALSE(store_is_healthy());
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Seconds(1));
    replicas().listener().on_renewal(absl::OkStatus());
  }
  EXPECT_TRUE(store_is_healthy());
}

}  // namespace
}  // namespace smon
