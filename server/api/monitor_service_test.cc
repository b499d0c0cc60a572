#include "server/api/monitor_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/watch_stream.h"
#include "server/monitor/delivery.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MonitorServiceTest : public ::testing::Test {
 protected:
  MonitorServiceTest() {
    store_ = *OpenStore("memory:", &clock_);
    Monitor::Options options;
    options.version = "1.2.3";
    monitor_ = std::make_unique<Monitor>(&slurm_, &attrsvc_, store_.get(),
                                         &clock_, options);
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
  std::unique_ptr<JobFeed> feed_;
  std::unique_ptr<Monitor> monitor_;
  Diagnosis diagnosis_{[] { return Findings{}; }, &clock_};
  std::unique_ptr<MonitorServiceImpl> service_;
};

TEST_F(MonitorServiceTest, ListsTheNewestSubmissionFirst) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kRunning);
  EXPECT_THAT(Ids({}), ElementsAre("2", "1"));
}

TEST_F(MonitorServiceTest, FiltersMustAllMatch) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kTimeout);
  Add(3, slurm::JobState::kFailed, "bob");
  v1::ListJobsRequest request;
  request.add_states(v1::Job::FAILED);
  request.add_states(v1::Job::TIMEOUT);
  EXPECT_THAT(Ids(request), ElementsAre("3", "2", "1"));
  request.set_user("alice");
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.add_phases(v1::Delivery::COMPLETED);
  EXPECT_THAT(Ids(request), IsEmpty());
}

TEST_F(MonitorServiceTest, PagesCoverAllJobsOnceAlsoWhileJobsArrive) {
  for (int i = 1; i <= 5; ++i) Add(i, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  for (int page = 0; page < 10; ++page) {
    const auto response = service_->DoListJobs(request, nullptr);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const v1::Job& job : response->jobs()) ids.push_back(job.job_id());
    if (response->next_page_token().empty()) break;
    request.set_page_token(response->next_page_token());
    Add(100 + page, slurm::JobState::kRunning);
  }
  EXPECT_THAT(ids, ElementsAre("5", "4", "3", "2", "1"));
}

TEST_F(MonitorServiceTest, BadListRequestsNameTheFieldAndTheMend) {
  v1::ListJobsRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(ListError(request), HasSubstr("page_size: '-1'"));
  request.Clear();
  request.set_page_token("rubbish");
  EXPECT_THAT(ListError(request), HasSubstr("page_token: not a token"));
  request.Clear();
  request.set_name("(");
  EXPECT_THAT(ListError(request), HasSubstr("name: '(' is no RE2"));
  request.Clear();
  request.add_states(static_cast<v1::Job::State>(99));
  EXPECT_THAT(ListError(request), HasSubstr("states: '99'"));
  request.Clear();
  request.set_order_by("color");
  EXPECT_THAT(ListError(request), HasSubstr("order_by: 'color'"));
  request.Clear();
  request.mutable_read_mask()->add_paths("colour");
  EXPECT_THAT(ListError(request), HasSubstr("read_mask"));
}

TEST_F(MonitorServiceTest, EachFieldThatIsWrongIsNamed) {
  v1::ListJobsRequest request;
  request.set_page_size(-1);
  request.set_name("(");
  request.set_order_by("color");
  request.mutable_ended_after()->set_seconds(20);
  request.mutable_ended_before()->set_seconds(20);
  request.mutable_read_mask()->add_paths("delivery.colour");
  EXPECT_THAT(
      ListError(request),
      AllOf(HasSubstr("page_size: "), HasSubstr("name: "),
            HasSubstr("order_by: "), HasSubstr("ended_before: is not after"),
            HasSubstr("read_mask: 'delivery.colour'")));
}

TEST_F(MonitorServiceTest, ATimeOutOfRangeIsRefused) {
  v1::ListJobsRequest request;
  request.mutable_ended_after()->set_seconds(int64_t{1} << 60);
  EXPECT_THAT(ListError(request), HasSubstr("ended_after: "));
  request.mutable_ended_after()->set_seconds(0);
  request.mutable_ended_after()->set_nanos(-1);
  EXPECT_THAT(ListError(request), HasSubstr("ended_after: "));
}

TEST_F(MonitorServiceTest, MoreValuesThanThereAreAreRefusedAtOnce) {
  v1::ListJobsRequest request;
  for (int i = 0; i < 1000000; ++i) request.add_states(v1::Job::FAILED);
  EXPECT_EQ(ListError(request), "states: has 1000000 values, more than 200");
  request.Clear();
  for (int i = 0; i < 1000000; ++i) {
    request.mutable_read_mask()->add_paths("job_id");
  }
  EXPECT_EQ(ListError(request), "read_mask: has 1000000 values, more than 200");
}

TEST_F(MonitorServiceTest, PagesOfEachOrderAreStableWhileJobsArrive) {
  int first = 0;  // of the jobs of this order
  for (const std::string order :
       {"submit_time", "submit_time desc", "end_time", "end_time desc"}) {
    SCOPED_TRACE(order);
    v1::ListJobsRequest request;
    request.set_user(order);
    request.set_order_by(order);
    request.set_page_size(2);
    first += 1000;
    std::vector<std::string> expected;
    for (int i = 1; i <= 5; ++i) {
      Add(first + i, slurm::JobState::kFailed, order);
      expected.push_back(std::to_string(first + i));
    }
    const bool descending = order.find("desc") != std::string::npos;
    if (descending) std::reverse(expected.begin(), expected.end());
    std::vector<std::string> ids;
    for (int page = 0; page < 3; ++page) {
      const auto response = service_->DoListJobs(request, nullptr);
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Job& job : response->jobs()) ids.push_back(job.job_id());
      request.set_page_token(response->next_page_token());
      // Before what has been read already.
      Add(first + (descending ? 100 + page : -100 - page),
          slurm::JobState::kFailed, order);
    }
    EXPECT_EQ(ids, expected);
    EXPECT_EQ(request.page_token(), "");
  }
}

TEST_F(MonitorServiceTest, SpacesInAnOrderDoNotMatter) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_order_by("  submit_time   desc ");
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.set_order_by(" submit_time ");
  EXPECT_THAT(Ids(request), ElementsAre("1", "2"));
}

TEST_F(MonitorServiceTest, AMaskMayNameAPartOfAFieldOrEverything) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.mutable_read_mask()->add_paths("delivery.phase");
  v1::Job job = service_->DoListJobs(request, nullptr)->jobs(0);
  EXPECT_EQ(job.delivery().phase(), v1::Delivery::PENDING);
  EXPECT_FALSE(job.delivery().has_next_attempt_time());
  EXPECT_EQ(job.job_id(), "");
  request.mutable_read_mask()->add_paths("*");
  job = service_->DoListJobs(request, nullptr)->jobs(0);
  EXPECT_EQ(job.job_id(), "1");
  EXPECT_TRUE(job.delivery().has_next_attempt_time());
}

TEST_F(MonitorServiceTest, APageLargerThanTheMaximumIsOfTheMaximum) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_page_size(1000000);
  EXPECT_THAT(Ids(request), ElementsAre("1"));
}

TEST_F(MonitorServiceTest, ATokenIsGoodForItsOwnRequestOnly) {
  for (int i = 1; i <= 3; ++i) Add(i, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_page_size(1);
  request.set_page_token(
      service_->DoListJobs(request, nullptr)->next_page_token());
  request.set_page_size(2);
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.set_user("alice");
  EXPECT_THAT(ListError(request), HasSubstr("other filters"));
}

TEST_F(MonitorServiceTest, AReadMaskLeavesTheOtherFieldsOut) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.mutable_read_mask()->add_paths("job_id");
  const auto response = service_->DoListJobs(request, nullptr);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->jobs(0).job_id(), "1");
  EXPECT_EQ(response->jobs(0).user(), "");
}

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
