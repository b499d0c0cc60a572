#ifndef SMON_SERVER_API_MONITOR_SERVICE_FIXTURE_H_
#define SMON_SERVER_API_MONITOR_SERVICE_FIXTURE_H_

// What the tests of MonitorServiceImpl have in common.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/api/monitor_service.h"
#include "server/api/watch_stream.h"
#include "server/monitor/delivery.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {

class MonitorServiceTest : public ::testing::Test {
 protected:
  MonitorServiceTest() {
    store_ = *OpenStore("memory:", &clock_);
    Monitor::Options options;
    options.version = "1.2.3";
    monitor_ =
        std::make_unique<Monitor>(std::vector<ClusterSource>{{&slurm_, "c"}},
                                  &attrsvc_, store_.get(), &clock_, options);
    feed_ = std::make_unique<JobFeed>(store_.get(), &clock_,
                                      WatchOptions(&signer_));
    service_ = std::make_unique<MonitorServiceImpl>(monitor_.get(), feed_.get(),
                                                    &signer_, &diagnosis_);
  }

  // Stores a job that was submitted `number` seconds after the start.
  Job Add(int number, slurm::JobState state,
          const std::string& user = "alice") {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record = RunningRecord(std::to_string(number), number,
                               t0_ + absl::Seconds(number));
    job.record.user = user;
    if (slurm::IsEnded(state)) {
      job.record =
          Ended(job.record, state, {1, 0}, t0_ + absl::Seconds(number + 10));
      job.log.path = "/logs/" + job.record.job_id + ".out";
      job.delivery = StartDelivery(job.log, clock_.Now());
    }
    EXPECT_TRUE(store_->CommitPoll(&changes).ok());
    return changes.changes[0].job;
  }

  void Complete(const Job& job) {
    DeliveryChange change = AfterResult(
        job, FakeAttrsvcClient::WithVerdict(Action::kStop, "bug"),
        DeliveryPolicy(), AnalysisTime(), clock_.Now(), [] { return 0.5; });
    ASSERT_TRUE(store_->CommitDeliveries({change}).ok());
  }

  std::vector<std::string> Ids(const v1::ListJobsRequest& request) {
    std::vector<std::string> ids;
    const auto response = service_->DoListJobs(request, nullptr);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return ids;
    for (const v1::Job& job : response->jobs()) ids.push_back(job.job_id());
    return ids;
  }

  // What the user is told about a bad request.
  std::string ListError(const v1::ListJobsRequest& request) {
    const absl::Status status = service_->DoListJobs(request, nullptr).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  absl::StatusOr<v1::ResubmitJobsResponse> ResubmitJobs(
      const v1::ResubmitJobsRequest& request) {
    return service_->DoResubmitJobs(request, [] { return false; });
  }

  std::string ResubmitError(const v1::ResubmitJobsRequest& request) {
    const absl::Status status = ResubmitJobs(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  FakeClock clock_;
  const absl::Time t0_ = clock_.Now();
  FakeSlurmClient slurm_;
  FakeAttrsvcClient attrsvc_;
  std::unique_ptr<Store> store_;
  const TextSigner signer_{std::string(32, 'k')};
  Findings findings_;
  Diagnosis diagnosis_{[this] { return findings_; }, &clock_};
  std::unique_ptr<JobFeed> feed_;
  std::unique_ptr<Monitor> monitor_;
  std::unique_ptr<MonitorServiceImpl> service_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_MONITOR_SERVICE_FIXTURE_H_
