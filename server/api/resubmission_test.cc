// ResubmitJob and ResubmitJobs: what they do, their repeats, and what is wrong
// with a request.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/monitor_service_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(MonitorServiceTest, ResubmitSaysWhatItDid) {
  Complete(Add(1, slurm::JobState::kFailed));
  Add(2, slurm::JobState::kRunning);
  v1::ResubmitJobRequest request;
  request.set_job_id("1");
  auto response = service_->DoResubmitJob(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcome(), v1::ResubmitJobResponse::RESUBMITTED);
  EXPECT_EQ(response->job().delivery().phase(), v1::Delivery::PENDING);
  EXPECT_EQ(response->job().verdict().action(), v1::Verdict::STOP)
      << "the old verdict stays until there is a new one";
  response = service_->DoResubmitJob(request);
  EXPECT_EQ(response->outcome(), v1::ResubmitJobResponse::ALREADY_PENDING);
  EXPECT_EQ(response->job().delivery().resubmit_count(), 1);
  request.set_job_id("2");
  response = service_->DoResubmitJob(request);
  EXPECT_EQ(response->outcome(), v1::ResubmitJobResponse::NOT_ENDED);
}

TEST_F(MonitorServiceTest, ARepeatWithTheSameRequestIdIsAnsweredTheSame) {
  const Job job = Add(1, slurm::JobState::kFailed);
  Complete(job);
  v1::ResubmitJobRequest request;
  request.set_job_id("1");
  request.set_request_id("123e4567-e89b-42d3-a456-426614174000");
  for (int i = 0; i < 2; ++i) {
    const auto response = service_->DoResubmitJob(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->outcome(), v1::ResubmitJobResponse::RESUBMITTED);
    EXPECT_EQ(response->job().delivery().resubmit_count(), 1);
  }
  request.set_request_id("123E4567-E89B-42D3-A456-426614174000");
  EXPECT_EQ(service_->DoResubmitJob(request)->outcome(),
            v1::ResubmitJobResponse::RESUBMITTED);
  request.set_cluster("c");
  EXPECT_EQ(service_->DoResubmitJob(request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(MonitorServiceTest, ResubmitJobsSaysWhatItDid) {
  Complete(Add(1, slurm::JobState::kFailed));
  Complete(Add(2, slurm::JobState::kFailed));
  Add(3, slurm::JobState::kFailed);
  Add(4, slurm::JobState::kRunning);
  Complete(Add(5, slurm::JobState::kFailed, "bob"));
  v1::ResubmitJobsRequest request;
  request.set_user("alice");
  request.set_dry_run(true);
  for (const bool dry_run : {true, false}) {
    request.set_dry_run(dry_run);
    const auto response = ResubmitJobs(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_THAT(response->job_ids(), ElementsAre("1", "2"));
    EXPECT_EQ(response->resubmitted(), 2);
    EXPECT_EQ(response->already_pending(), 1);
    EXPECT_EQ(response->skipped(), 1);
    EXPECT_EQ(response->skipped_not_ended(), 1);
    EXPECT_EQ(response->skipped_no_log(), 0);
    EXPECT_EQ(store_->CountJobs()->by_phase[Phase::kCompleted],
              dry_run ? 3 : 1);
  }
}

TEST_F(MonitorServiceTest, ADryRunTakesNoRequestIdAway) {
  Complete(Add(1, slurm::JobState::kFailed));
  v1::ResubmitJobsRequest request;
  request.add_phases(v1::Delivery::COMPLETED);
  request.set_request_id("123e4567-e89b-42d3-a456-426614174000");
  request.set_dry_run(true);
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 1);
  request.set_dry_run(false);
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 1);
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 1) << "as it was answered";
  request.set_request_id("");
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 0) << "none is left";
}

TEST_F(MonitorServiceTest, ACallThatIsGivenUpIsCompletedByItsRepeat) {
  Complete(Add(1, slurm::JobState::kFailed));
  v1::ResubmitJobsRequest request;
  request.set_user("alice");
  request.set_request_id("123e4567-e89b-42d3-a456-426614174000");
  const absl::Status status =
      service_->DoResubmitJobs(request, [] { return true; }).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("1 of the jobs are left, to be done by a repeat with "
                        "request_id 123e4567-e89b-42d3-a456-426614174000"));
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 1);
}

TEST_F(MonitorServiceTest, BadResubmissionsNameTheFieldAndTheMend) {
  v1::ResubmitJobsRequest request;
  EXPECT_THAT(ResubmitError(request), HasSubstr("the filter is empty"));
  request.set_cluster("c");
  EXPECT_THAT(ResubmitError(request), HasSubstr("the filter is empty"));
  request.set_user("alice");
  request.set_max_jobs(100001);
  EXPECT_THAT(ResubmitError(request), HasSubstr("max_jobs: '100001'"));
  request.set_max_jobs(-1);
  EXPECT_THAT(ResubmitError(request), HasSubstr("max_jobs: '-1'"));
  request.set_max_jobs(0);
  request.set_request_id("7");
  EXPECT_THAT(ResubmitError(request), HasSubstr("request_id: '7'"));
  request.clear_request_id();
  request.add_problems(v1::Delivery::PROBLEM_UNSPECIFIED);
  EXPECT_THAT(ResubmitError(request), HasSubstr("problems: '0'"));
}

TEST_F(MonitorServiceTest, ACapMustBeRaisedOnPurpose) {
  Complete(Add(1, slurm::JobState::kFailed));
  Complete(Add(2, slurm::JobState::kFailed));
  v1::ResubmitJobsRequest request;
  request.set_user("alice");
  request.set_max_jobs(1);
  const absl::Status status = ResubmitJobs(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("max_jobs: 2 jobs match"));
  request.set_max_jobs(2);
  EXPECT_EQ(ResubmitJobs(request)->resubmitted(), 2);
}

}  // namespace
}  // namespace smon
