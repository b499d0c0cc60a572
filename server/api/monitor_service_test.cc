#include "server/api/monitor_service.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/monitor_service_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(MonitorServiceTest, GetJobGivesTheHistoryOnlyInTheFullView) {
  Complete(Add(1, slurm::JobState::kFailed));
  v1::GetJobRequest request;
  request.set_job_id("1");
  auto job = service_->DoGetJob(request);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->state(), v1::Job::FAILED);
  EXPECT_EQ(job->exit_code(), 1);
  EXPECT_EQ(job->stdout_path(), "/logs/1.out");
  EXPECT_EQ(job->delivery().phase(), v1::Delivery::COMPLETED);
  EXPECT_EQ(job->verdict().action(), v1::Verdict::STOP);
  EXPECT_EQ(job->history_size(), 0);
  request.set_view(v1::GetJobRequest::FULL);
  job = service_->DoGetJob(request);
  ASSERT_TRUE(job.ok());
  ASSERT_EQ(job->history_size(), 1);
  EXPECT_THAT(job->history(0).text(), HasSubstr("verdict"));
}

TEST_F(MonitorServiceTest, AnUnknownJobIsNotFoundAndAMissingIdInvalid) {
  v1::GetJobRequest request;
  EXPECT_EQ(service_->DoGetJob(request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_job_id("999");
  const absl::Status status = service_->DoGetJob(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no job 999 is known"));
}

TEST_F(MonitorServiceTest, AnArraysIdIsToldFromATasks) {
  v1::GetJobRequest request;
  request.set_job_id("12");
  EXPECT_THAT(std::string(service_->DoGetJob(request).status().message()),
              HasSubstr("a task (12_0) or a component (12+0)"));
  request.set_job_id("12_7");
  EXPECT_EQ(service_->DoGetJob(request).status().message(),
            "no job 12_7 is known");
}

TEST_F(MonitorServiceTest, TheResultIsAttrsvcsAnswerByteForByte) {
  const Job job = Add(1, slurm::JobState::kFailed);
  v1::GetResultRequest request;
  request.set_job_id("1");
  const absl::Status none = service_->DoGetResult(request).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(none.message()), HasSubstr("still to be sent"));
  Complete(job);
  const auto body = service_->DoGetResult(request);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->content_type(), "application/json");
  EXPECT_EQ(body->data(), "{\"raw\":true}");
}

TEST_F(MonitorServiceTest, StatsCountWhatIsStored) {
  Complete(Add(1, slurm::JobState::kFailed));
  Add(2, slurm::JobState::kRunning);
  const auto stats = monitor_->GetStats();
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->jobs().total(), 2);
  EXPECT_EQ(stats->jobs().running(), 1);
  EXPECT_EQ(stats->jobs().terminal(), 1);
  EXPECT_EQ(stats->jobs().results_fetched(), 1);
  EXPECT_EQ(stats->lanes_size(), 2);
}

TEST_F(MonitorServiceTest, HealthNamesEveryPart) {
  const v1::Health health = monitor_->GetHealth();
  EXPECT_EQ(health.status(), v1::Health::OK);
  EXPECT_EQ(health.version(), "1.2.3");
  std::vector<std::string> names;
  for (const auto& part : health.components()) names.push_back(part.name());
  EXPECT_THAT(names, ElementsAre("slurm", "accounting", "attrsvc", "store"));
}

}  // namespace
}  // namespace smon
