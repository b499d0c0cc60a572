#include "server/metrics/monitor_metrics.h"

#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/metrics.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MonitorMetricsTest : public ::testing::Test {
 protected:
  MonitorMetricsTest() {
    store_ = *OpenStore("memory:", &clock_);
    Monitor::Options options;
    options.poller.interval = absl::Hours(1);
    monitor_ =
        std::make_unique<Monitor>(std::vector<ClusterSource>{{&slurm_, "c"}},
                                  &attrsvc_, store_.get(), &clock_, options);
    metrics_.Add(std::make_unique<MonitorMetrics>(monitor_.get(), "1.2\"3"));
  }

  FakeClock clock_;
  FakeSlurmClient slurm_;
  FakeAttrsvcClient attrsvc_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Monitor> monitor_;
  Metrics metrics_;
};

TEST_F(MonitorMetricsTest, AStoreThatDoesNotAnswerCostsOnlyWhatIsInIt) {
  slurm_.queue->jobs = {RunningRecord("1", 1, clock_.Now())};
  ASSERT_TRUE(monitor_->Start().ok());
  const auto jobs = [&] {
    return monitor_->store_probe().Latest()->counts["c"].total;
  };
  while (jobs() == 0) std::this_thread::yield();
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr("smonsvc_store_readable 1\n"),
            HasSubstr("smonsvc_jobs{cluster=\"c\",state=\"RUNNING\"} 1\n"),
            HasSubstr("smonsvc_jobs{cluster=\"c\",state=\"FINISHED\"} 0\n")));
  monitor_->Stop(absl::ZeroDuration());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(
          HasSubstr("smonsvc_store_readable 0\n"),
          HasSubstr("smonsvc_ready 0\n"), Not(HasSubstr("smonsvc_jobs{")),
          Not(HasSubstr("smonsvc_deliveries{")),
          HasSubstr("smonsvc_polls_total{cluster=\"c\",outcome=\"ok\"} 1\n")));
}

TEST_F(MonitorMetricsTest, JobsAreOfEachClusterWatchedOrNot) {
  PollChanges changes;
  changes.cluster = "old";
  Job& job = changes.changes.emplace_back().job;
  job.cluster = "old";
  job.record = RunningRecord("1", 1, clock_.Now());
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  ASSERT_TRUE(monitor_->Start().ok());
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr("smonsvc_jobs{cluster=\"old\",state=\"RUNNING\"} 1\n"),
            HasSubstr("smonsvc_jobs{cluster=\"c\",state=\"RUNNING\"} 0\n"),
            HasSubstr(
                "smonsvc_deliveries{cluster=\"old\",phase=\"WAITING\"} 1\n"),
            HasSubstr("smonsvc_delivery_problems{cluster=\"c\",problem="
                      "\"UNRESOLVED_PATH\"} 0\n")));
}

TEST_F(MonitorMetricsTest, WhatIsNotKnownYetIsNotShown) {
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr("smonsvc_build_info{version=\"1.2\\\"3\"} 1\n"),
            HasSubstr("smonsvc_polls_total{cluster=\"c\",outcome=\"ok\"} 0\n"),
            HasSubstr(
                "smonsvc_verdicts_total{cluster=\"c\",action=\"STOP\"} 0\n"),
            Not(HasSubstr("smonsvc_last_successful_poll")),
            Not(HasSubstr("smonsvc_coverage_missing_jobs"))));
}

TEST_F(MonitorMetricsTest, SlurmsCommandsAreCountedByTheirOutcome) {
  auto& squeue = slurm_.counts.by_command["squeue"];
  squeue.calls = 5;
  squeue.failures = 2;
  squeue.durations.Add(absl::Seconds(3));
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr(
                "smonsvc_slurm_commands_total{cluster=\"c\",command=\"squeue\","
                "outcome=\"ok\"} 3\n"),
            HasSubstr(
                "smonsvc_slurm_commands_total{cluster=\"c\",command=\"squeue\","
                "outcome=\"failed\"} 2\n"),
            HasSubstr("smonsvc_slurm_command_duration_seconds_sum{"
                      "cluster=\"c\",command=\"squeue\"} 3\n")));
}

}  // namespace
}  // namespace smon
