#ifndef SMON_SERVER_MONITOR_SUBMITTER_FIXTURE_H_
#define SMON_SERVER_MONITOR_SUBMITTER_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/monitor/submitter.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/job_records.h"

namespace smon {

// A Submitter without its thread, on a Store in memory and an attrsvc that the
// test answers for. No limits of rate.
class SubmitterTest : public ::testing::Test {
 protected:
  SubmitterTest() {
    options_.submit_rate = 0;
    options_.result_rate = 0;
    store_ = *OpenStore("memory:", &clock_);
    Restart();
  }
  ~SubmitterTest() override { submitter_.reset(); }

  void Restart() {
    submitter_ = std::make_unique<Submitter>(
        store_.get(), &attrsvc_, &clock_, [] { return 0.5; }, &attrsvc_health_,
        &store_health_, options_);
  }

  // A job that runs, with the number as its id.
  Job NewJob(int number) {
    Job job;
    job.cluster = "c";
    job.record = RunningRecord(std::to_string(number), number, clock_.Now());
    job.log.path = "/logs/" + job.record.job_id + ".out";
    return job;
  }
  void End(Job* job) {
    job->record =
        Ended(job->record, slurm::JobState::kFailed, {1, 0}, clock_.Now());
    job->delivery = StartDelivery(job->log, clock_.Now());
  }
  void Commit(const std::vector<Job>& jobs) {
    PollChanges changes;
    changes.cluster = "c";
    for (const Job& job : jobs) {
      changes.changes.push_back({job, /*delivery_too=*/true, {}});
    }
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }
  // Ended jobs "1", "2", …, each with a log of its own.
  void AddEndedJobs(int count, int first = 1) {
    std::vector<Job> jobs;
    for (int i = first; i < first + count; ++i) {
      End(&jobs.emplace_back(NewJob(i)));
    }
    Commit(jobs);
    submitter_->Wake();
  }
  Job Stored(const std::string& job_id) {
    return *store_->GetJob("", job_id, std::nullopt);
  }
  void Resubmit(const std::string& job_id) {
    ResubmitOrder order;
    order.now = clock_.Now();
    ASSERT_TRUE(store_->Resubmit(Stored(job_id).id, order).ok());
  }
  // Lets time pass as the thread would, until `done`.
  void RunUntil(const std::function<bool()>& done) {
    for (int i = 0; i < 10000 && !done(); ++i) {
      clock_.Advance(submitter_->Step());
    }
    ASSERT_TRUE(done());
  }
  void RunFor(absl::Duration time) {
    const absl::Time end = clock_.Now() + time;
    RunUntil([&] { return clock_.Now() >= end; });
  }

  FakeClock clock_;
  FakeAttrsvcClient attrsvc_;
  ComponentHealth attrsvc_health_{"attrsvc", &clock_};
  ComponentHealth store_health_{"store", &clock_};
  Submitter::Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Submitter> submitter_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_SUBMITTER_FIXTURE_H_
