#include "server/monitor/monitor.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A Slurm whose squeue hangs until it is released.
class HangingSlurm final : public slurm::SlurmClient {
 public:
  absl::StatusOr<slurm::JobSnapshot> ReadQueue(slurm::IsNews) override {
    MutexLock lock(&mu_);
    asked_ = true;
    changed_.NotifyAll();
    while (!released_) changed_.Wait(&mu_);
    return absl::UnavailableError("squeue timed out");
  }
  void AwaitQuestion() {
    MutexLock lock(&mu_);
    while (!asked_) changed_.Wait(&mu_);
  }
  void Release() {
    MutexLock lock(&mu_);
    released_ = true;
    changed_.NotifyAll();
  }

  absl::StatusOr<slurm::JobSnapshot> ReadWholeQueue(slurm::IsNews) override {
    return slurm::JobSnapshot();
  }
  absl::StatusOr<slurm::JobSnapshot> ReadJobs(const std::vector<int64_t>&,
                                              slurm::IsNews) override {
    return slurm::JobSnapshot();
  }
  absl::StatusOr<slurm::JobSnapshot> ReadAccounting(absl::Time, absl::Time,
                                                    slurm::IsNews) override {
    return slurm::JobSnapshot();
  }
  absl::StatusOr<slurm::JobSnapshot> ReadWholeAccounting(
      absl::Time, absl::Time, slurm::IsNews) override {
    return slurm::JobSnapshot();
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>&) override {
    return std::map<std::string, std::string>();
  }
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo() override {
    return absl::UnimplementedError("not asked here");
  }
  absl::StatusOr<std::vector<std::string>> ListPartitions() override {
    return std::vector<std::string>{"batch"};
  }
  slurm::CommandCounts Counts() const override { return {}; }

 private:
  Mutex mu_;
  CondVar changed_;
  bool asked_ ABSL_GUARDED_BY(mu_) = false;
  bool released_ ABSL_GUARDED_BY(mu_) = false;
};

// "poller=overdue for 3s", of what does not hold.
std::vector<std::string> Problems(const Checks& checks) {
  std::vector<std::string> problems;
  for (const Check& check : checks) {
    if (!check.ok()) problems.push_back(check.name + "=" + check.problem);
  }
  return problems;
}

std::string NextAttempt(const v1::Health& health, const std::string& name,
                        absl::Time now) {
  for (const v1::Health::Component& component : health.components()) {
    if (component.name() != name) continue;
    if (!component.has_next_attempt_time()) return "none";
    const auto& time = component.next_attempt_time();
    return absl::FormatDuration(absl::FromUnixSeconds(time.seconds()) +
                                absl::Nanoseconds(time.nanos()) - now);
  }
  return "no such component";
}

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() { store_ = *OpenStore("memory:", &clock_); }

  std::unique_ptr<Monitor> Make(slurm::SlurmClient* slurm) {
    Monitor::Options options;
    options.poller.interval = absl::Hours(1);
    return std::make_unique<Monitor>(std::vector<ClusterSource>{{slurm, "c"}},
                                     &attrsvc_, store_.get(), &clock_, options);
  }

  FakeClock clock_;
  FakeAttrsvcClient attrsvc_;
  std::unique_ptr<Store> store_;
};

TEST_F(MonitorTest, ASlurmThatHangsMakesItUnreadyAtFirstButNotUnwell) {
  HangingSlurm slurm;
  const auto monitor = Make(&slurm);
  ASSERT_TRUE(monitor->Start().ok());
  slurm.AwaitQuestion();
  EXPECT_THAT(Problems(monitor->Liveness()), IsEmpty());
  EXPECT_THAT(Problems(monitor->Readiness()),
              ElementsAre("first_poll=not done yet"));
  // Being asked right now.
  EXPECT_EQ(NextAttempt(monitor->GetHealth(), "slurm", clock_.Now()), "none");

  slurm.Release();
  while (!AllHold(monitor->Readiness())) std::this_thread::yield();
  EXPECT_EQ(monitor->GetHealth().status(), v1::Health::DEGRADED);
  monitor->Stop(absl::ZeroDuration());
}

TEST_F(MonitorTest, APollerThatHangsIsUnwell) {
  HangingSlurm slurm;
  const auto monitor = Make(&slurm);
  ASSERT_TRUE(monitor->Start().ok());
  slurm.AwaitQuestion();
  // As long as the timeouts of some commands together.
  clock_.Advance(absl::Minutes(15));
  EXPECT_TRUE(monitor->Liveness()[0].ok());
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(monitor->Liveness()[0].name, "poller");
  EXPECT_EQ(monitor->Liveness()[0].problem, "overdue for 7s");
  EXPECT_FALSE(AllHold(monitor->Readiness()));

  slurm.Release();
  while (!monitor->Liveness()[0].ok()) std::this_thread::yield();
  monitor->Stop(absl::ZeroDuration());
  // What has been stopped is not overdue.
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Problems(monitor->Liveness()), IsEmpty());
}

TEST_F(MonitorTest, EachPartSaysWhenItIsTriedNext) {
  FakeSlurmClient slurm;
  const auto monitor = Make(&slurm);
  // Not started: nothing is planned but to ask attrsvc at once.
  EXPECT_EQ(NextAttempt(monitor->GetHealth(), "slurm", clock_.Now()), "none");
  EXPECT_EQ(NextAttempt(monitor->GetHealth(), "attrsvc", clock_.Now()), "0");

  ASSERT_TRUE(monitor->Start().ok());
  while (!AllHold(monitor->Readiness())) std::this_thread::yield();
  const auto poll_is_planned = [&] {
    return NextAttempt(monitor->GetHealth(), "slurm", clock_.Now()) != "none";
  };
  while (!poll_is_planned()) std::this_thread::yield();
  monitor->Stop(absl::ZeroDuration());
  const v1::Health health = monitor->GetHealth();
  for (const char* part : {"slurm", "accounting", "store"}) {
    absl::Duration next;
    ASSERT_TRUE(
        absl::ParseDuration(NextAttempt(health, part, clock_.Now()), &next))
        << part;
    // An hour, with jitter.
    EXPECT_GT(next, absl::Minutes(50)) << part;
    EXPECT_LT(next, absl::Minutes(65)) << part;
  }
}

// c, whose Slurm answers, and d, whose squeue hangs.
class TwoClustersTest : public MonitorTest {
 protected:
  TwoClustersTest() {
    Monitor::Options options;
    options.poller.interval = absl::Hours(1);
    monitor_ = std::make_unique<Monitor>(
        std::vector<ClusterSource>{{&slurm_, "c", "22.05.8"},
                                   {&hanging_, "d", "23.11.1"}},
        &attrsvc_, store_.get(), &clock_, options);
  }
  ~TwoClustersTest() override {
    hanging_.Release();
    monitor_->Stop(absl::ZeroDuration());
  }

  FakeSlurmClient slurm_;
  HangingSlurm hanging_;
  std::unique_ptr<Monitor> monitor_;
};

TEST_F(TwoClustersTest, OneThatHangsHoldsUpNoOther) {
  ASSERT_TRUE(monitor_->Start().ok());
  hanging_.AwaitQuestion();
  while (!AllHold(monitor_->Readiness())) std::this_thread::yield();
  const std::vector<ClusterWatch::Snapshot> clusters = monitor_->GetClusters();
  ASSERT_EQ(clusters.size(), 2u);
  EXPECT_EQ(clusters[0].name, "c");
  EXPECT_EQ(clusters[0].polls.polls, 1);
  EXPECT_EQ(clusters[1].name, "d");
  EXPECT_EQ(clusters[1].slurm_version, "23.11.1");
  EXPECT_EQ(clusters[1].polls.polls + clusters[1].polls.failed_polls, 0);
  clock_.Advance(absl::Hours(2));
  EXPECT_THAT(Problems(monitor_->Liveness()),
              ::testing::Contains("poller/d=overdue for 1h45m"));
}

TEST_F(TwoClustersTest, HealthNamesTheClusterThatIsAway) {
  ASSERT_TRUE(monitor_->Start().ok());
  hanging_.Release();
  while (monitor_->GetClusters()[1].polls.failed_polls == 0 ||
         monitor_->GetClusters()[0].polls.polls == 0) {
    std::this_thread::yield();
  }
  EXPECT_THAT(monitor_->GetHealth().issues(),
              ElementsAre("squeue_failure_rate=100.0% cluster=d"));
  EXPECT_EQ(monitor_->GetStats()->polls().completed(), 1);
  EXPECT_EQ(monitor_->GetStats()->polls().failed(), 1);
  EXPECT_FALSE(monitor_->GetStats()->polls().has_last_success_time())
      << "not of all of them";
}

TEST_F(TwoClustersTest, ANoticeGoesToItsClusterOrTheDefaultOne) {
  EXPECT_TRUE(monitor_->Notify("d", "1").ok());
  EXPECT_TRUE(monitor_->Notify("", "2").ok());
  EXPECT_TRUE(monitor_->Notify("c", "3").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(monitor_->Notify("e", "1")));
  const std::vector<ClusterWatch::Snapshot> clusters = monitor_->GetClusters();
  EXPECT_EQ(clusters[0].polls.notices.received, 2);
  EXPECT_EQ(clusters[1].polls.notices.received, 1);
  EXPECT_EQ(monitor_->GetStats()->notifications().received(), 3);
}

TEST_F(MonitorTest, WhatIsNotKnownOfAClusterIsAskedBeforeItIsPolled) {
  FakeSlurmClient slurm;
  int asked = 0;
  Poller::Options options;
  options.cluster = "c";
  options.learn = [&]() -> absl::StatusOr<Poller::Cluster> {
    if (++asked == 1) return absl::UnavailableError("it is away");
    return Poller::Cluster{"23.11.1", false, {"batch"}};
  };
  ComponentHealth slurm_health("slurm", &clock_);
  ComponentHealth accounting_health("accounting", &clock_);
  ComponentHealth store_health("store", &clock_);
  Poller poller(
      &slurm, store_.get(), &clock_,
      {&slurm_health, &accounting_health, &store_health}, [] {}, options);
  ASSERT_TRUE(poller.Load().ok());
  EXPECT_EQ(poller.PollOnce().message(), "it is away");
  EXPECT_TRUE(slurm.counts.by_command.empty());
  EXPECT_EQ(poller.totals().failed_polls, 1);
  EXPECT_FALSE(slurm_health.Get().healthy);
  EXPECT_FALSE(poller.cluster().has_value());
  ASSERT_TRUE(poller.PollOnce().ok());
  EXPECT_EQ(poller.cluster()->slurm_version, "23.11.1");
  EXPECT_EQ(slurm.counts.by_command.count("squeue"), 1u);
  EXPECT_EQ(slurm.counts.by_command.count("sacct"), 0u) << "no accounting";
  ASSERT_TRUE(poller.PollOnce().ok());
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace smon
