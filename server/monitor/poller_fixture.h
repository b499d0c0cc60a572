#ifndef SMON_SERVER_MONITOR_POLLER_FIXTURE_H_
#define SMON_SERVER_MONITOR_POLLER_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/monitor/poller.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {

inline slurm::JobSnapshot Snapshot(std::vector<slurm::JobRecord> jobs) {
  slurm::JobSnapshot snapshot;
  snapshot.jobs = std::move(jobs);
  return snapshot;
}

// A Poller with a Slurm whose answers the test sets, and a Store in memory.
class PollerTest : public ::testing::Test {
 protected:
  PollerTest() {
    options_.cluster = "c";
    options_.partitions = {"batch"};
    store_ = *OpenStore("memory:", &clock_);
    Restart();
  }

  // As if smonsvc were stopped and started.
  void Restart() {
    poller_ = std::make_unique<Poller>(
        &slurm_, store_.get(), &clock_,
        Poller::Health{&slurm_health_, &accounting_health_, &store_health_},
        [this] { ++woken_; }, options_);
    ASSERT_TRUE(poller_->Load().ok());
  }

  void SetQueue(std::vector<slurm::JobRecord> jobs) {
    slurm_.queue = Snapshot(std::move(jobs));
  }
  void SetAccounting(std::vector<slurm::JobRecord> jobs) {
    for (slurm::JobRecord& job : jobs) {
      job.from_accounting = true;
      job.batch_host.clear();
    }
    slurm_.accounting = Snapshot(std::move(jobs));
  }
  absl::Status Poll(absl::Duration later = absl::Seconds(30)) {
    clock_.Advance(later);
    return poller_->PollOnce();
  }
  Job Stored(const std::string& job_id) {
    auto job = store_->GetJob("", job_id, std::nullopt);
    EXPECT_TRUE(job.ok()) << job_id << ": " << job.status();
    return job.ok() ? *job : Job();
  }
  std::vector<std::string> History(const std::string& job_id) {
    std::vector<std::string> texts;
    const auto history = store_->GetHistory(Stored(job_id).id);
    for (const HistoryEntry& entry : *history) {
      texts.push_back(entry.text);
    }
    return texts;
  }

  FakeClock clock_;
  const absl::Time t0_ = clock_.Now();
  FakeSlurmClient slurm_;
  ComponentHealth slurm_health_{"slurm", &clock_};
  ComponentHealth accounting_health_{"accounting", &clock_};
  ComponentHealth store_health_{"store", &clock_};
  Poller::Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Poller> poller_;
  int woken_ = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_POLLER_FIXTURE_H_
